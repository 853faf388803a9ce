using System.Diagnostics.CodeAnalysis;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What the cluster does with a probe's answer.</summary>
[Experimental("ASPIREPROBES001")]
public enum ProbeType
{
    /// <summary>Holds back the other probes until the program has started.</summary>
    Startup = 0,

    /// <summary>Sends traffic only while it succeeds.</summary>
    Readiness = 1,

    /// <summary>Restarts the program when it fails.</summary>
    Liveness = 2,
}
