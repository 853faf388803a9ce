namespace Slipway.Registry.Api.Data;

/// <summary>
/// A statement on a connection that broke under an earlier one, as where a lock is given back after a failure. The driver itself says no more than that the
/// connection is not open, which may as well be a mistake of the program.
/// </summary>
internal sealed class ConnectionBrokenException() : Exception("The connection to the database broke under an earlier statement.");
