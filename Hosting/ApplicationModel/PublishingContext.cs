using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What a publisher gets to work with.</summary>
internal sealed record PublishingContext(
    DistributedApplicationModel Model,
    DistributedApplicationExecutionContext ExecutionContext,
    IServiceProvider Services,
    ILogger Logger,
    string OutputPath,
    CancellationToken CancellationToken
);
