using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Trainers;

/// <summary>
/// One input of a model: its column, and for text the categories it knows, most frequent first. Every other text is treated as missing.
/// </summary>
internal sealed record Feature(string Name, ColumnKind Kind, string[] Categories, bool HadMissing);
