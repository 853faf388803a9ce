using System.Data.Common;
using System.Net.Sockets;

namespace Slipway.Messaging.RabbitMq;

/// <summary>Tells an outage of something that a consumer needs from a failure of its own.</summary>
internal static class Outage
{
    internal static bool IsOutage(Exception? exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                // SQLSTATE classes 08 connection, 53 out of resources, 57 shut down or starting; 25006 is a stand-by that is not yet the primary server.
                case DbException { IsTransient: true }
                or DbException { SqlState: ['0', '8', ..] or ['5', '3', ..] or ['5', '7', 'P', ..] or "25006" }:
                case SocketException:
                case HttpRequestException { StatusCode: null or >= System.Net.HttpStatusCode.InternalServerError }:
                    return true;
                default:
                    break;
            }
        }

        return false;
    }
}
