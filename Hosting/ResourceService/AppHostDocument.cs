namespace Aspire.Hosting.ResourceService;

/// <summary>The file in the data folder by which other programs find a running AppHost.</summary>
internal sealed record AppHostDocument(int Pid, string Mode, string ResourcesUrl);
