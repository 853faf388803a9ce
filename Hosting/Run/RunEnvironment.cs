using Aspire.Hosting.Processes;
using Aspire.Hosting.State;

namespace Aspire.Hosting.Run;

/// <summary>What every supervisor of a run shares.</summary>
internal sealed record RunEnvironment(
    ResourceBoard Board,
    ConsoleOutput Output,
    ProcessGuard Guard,
    ProcessLedger Ledger,
    TimeProvider Clock
);
