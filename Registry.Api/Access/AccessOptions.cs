namespace Slipway.Registry.Api.Access;

/// <summary>Access control, in the section <c>Registry:Access</c>.</summary>
internal sealed class AccessOptions
{
    public const string Section = "Registry:Access";

    /// <summary>Whether callers must show who they are.</summary>
    public AccessMode? Mode { get; set; }
}
