namespace Slipway.Training.Worker.Registration;

/// <summary>The version that serves production now, and its model file, with those that belong to it beside it.</summary>
internal sealed record Incumbent(int Version, string ModelPath);
