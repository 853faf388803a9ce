using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Run;

/// <summary>A process that the runtime keeps running.</summary>
internal sealed record ManagedProcess
{
    /// <summary>The resource that it is; its log carries this name.</summary>
    public required string Name { get; init; }

    /// <summary>Further resources that live in the same process and share its state and log.</summary>
    public IReadOnlyList<string> Hosted { get; init; } = [];

    /// <summary>Describes the process; called before each start.</summary>
    public required Func<CancellationToken, Task<ProcessSpec>> Prepare { get; init; }

    /// <summary>What must be ready before the first start.</summary>
    public IReadOnlyList<WaitAnnotation> Waits { get; init; } = [];

    /// <summary>Whether an exit code of 0 means that the work is done, so that it is not started again.</summary>
    public bool IsJob { get; init; }

    /// <summary>Whether it is not started again however it ends, since somebody waits for that end.</summary>
    public bool RunsOnce { get; init; }

    /// <summary>Removes what the end of the process may leave behind; called after it was stopped.</summary>
    public Func<Task>? CleanUp { get; init; }

    /// <summary>Whether its output is shown on the console.</summary>
    public bool ShowsOutput { get; init; } = true;

    /// <summary>Stops after those with a lower number: servers outlive the programs that use them.</summary>
    public int StopStage { get; init; }
}
