namespace Slipway.Inference.Service.Repository;

/// <summary>A line of the repository index. A model that was never loaded has no version and no state.</summary>
internal sealed record RepositoryIndexEntry(string Name, string Version, string State, string Reason)
{
    public const string Ready = "READY";
    public const string Loading = "LOADING";
    public const string Unloading = "UNLOADING";
    public const string Unavailable = "UNAVAILABLE";
}
