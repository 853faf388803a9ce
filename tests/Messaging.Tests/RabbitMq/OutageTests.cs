using System.Data.Common;
using System.Net;
using System.Net.Sockets;
using Slipway.Messaging.RabbitMq;

namespace Slipway.Messaging.Tests.RabbitMq;

public sealed class OutageTests
{
    public static TheoryData<Exception, bool> Cases =>
        new()
        {
            { new DatabaseException("57P01", transient: false), true },
            { new DatabaseException("08006", transient: false), true },
            { new DatabaseException("53300", transient: false), true },
            { new DatabaseException(null, transient: true), true },
            { new DatabaseException("25006", transient: false), true },
            { new DatabaseException("23505", transient: false), false },
            { new DatabaseException("57014", transient: false), false },
            { new InvalidOperationException("wrapped", new DatabaseException(null, transient: true)), true },
            { new SocketException(111), true },
            { new HttpRequestException("no connection"), true },
            { new HttpRequestException("away", null, HttpStatusCode.ServiceUnavailable), true },
            { new HttpRequestException("no such thing", null, HttpStatusCode.NotFound), false },
            { new InvalidOperationException("a bug"), false },
            { new ArgumentException("a bad message"), false },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void IsOutage_Failure_IsToldFromTheMessagesOwn(Exception failure, bool expected) =>
        Assert.Equal(expected, Outage.IsOutage(failure));

    private sealed class DatabaseException(string? state, bool transient) : DbException("database")
    {
        public override string? SqlState => state;

        public override bool IsTransient => transient;
    }
}
