namespace Aspire.Hosting.Launch;

/// <summary>How the projects run on this machine.</summary>
internal enum LaunchMode
{
    /// <summary>Distributed where a broker can be had, embedded otherwise.</summary>
    Auto = 0,

    /// <summary>All projects in one process, without a broker.</summary>
    Embedded = 1,

    /// <summary>One process for each project, over a broker.</summary>
    Distributed = 2,
}
