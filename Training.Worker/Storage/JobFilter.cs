namespace Slipway.Training.Worker.Storage;

/// <summary>Which jobs a list shows.</summary>
internal sealed record JobFilter(int Limit, JobPageToken? After, string? Status, string? Model);
