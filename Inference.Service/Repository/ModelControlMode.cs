namespace Slipway.Inference.Service.Repository;

/// <summary>When models of a repository are loaded and unloaded; the names are Triton's.</summary>
internal enum ModelControlMode
{
    /// <summary>All at start, and never again.</summary>
    None,

    /// <summary>Those named at start, then as the repository API asks.</summary>
    Explicit,

    /// <summary>All at start, then as the folders change.</summary>
    Poll,
}
