namespace Slipway.Registry.Api.Access;

/// <summary>Whether callers must show who they are.</summary>
internal enum AccessMode
{
    /// <summary>Everybody who reaches the registry may do everything.</summary>
    Off,

    /// <summary>Every route but the probes and <c>/metrics</c> asks for a caller and for a right.</summary>
    On,
}
