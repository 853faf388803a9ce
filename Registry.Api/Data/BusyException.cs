namespace Slipway.Registry.Api.Data;

/// <summary>More requests wait for the same thing than this process keeps waiting. The client may repeat the request a little later.</summary>
internal sealed class BusyException() : Exception("Too many requests wait for the same thing.");
