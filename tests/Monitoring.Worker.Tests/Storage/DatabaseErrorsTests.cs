using Npgsql;
using Slipway.Monitoring.Worker.Storage;

namespace Slipway.Monitoring.Worker.Tests.Storage;

public sealed class DatabaseErrorsTests
{
    [Theory]
    [InlineData("57P01", true)] // admin_shutdown: a server that is stopped tells its clients so.
    [InlineData("57P02", true)]
    [InlineData("57P03", true)]
    [InlineData("57014", true)]
    [InlineData("40P01", true)]
    [InlineData("53300", true)]
    [InlineData("25006", true)] // read_only_sql_transaction: after a fail-over, until the pool has found the new primary.
    [InlineData("42P01", false)]
    [InlineData("23514", false)]
    public void IsAway_OfASqlState_TellsWaitingFromGivingUp(string state, bool away) =>
        Assert.Equal(away, DatabaseErrors.IsAway(new PostgresException("refused", "ERROR", "ERROR", state)));

    [Theory]
    [InlineData("22021", true)]
    [InlineData("23514", true)]
    [InlineData("54000", true)]
    [InlineData("42P01", false)]
    [InlineData("57P01", false)]
    public void IsOfTheData_OfASqlState_BlamesOnlyWhatWasSent(string state, bool data) =>
        Assert.Equal(data, DatabaseErrors.IsOfTheData(new PostgresException("refused", "ERROR", "ERROR", state)));

    [Fact]
    public void IsOfTheData_OfAServiceThatStops_IsFalse() => Assert.False(DatabaseErrors.IsOfTheData(new ObjectDisposedException("pool")));
}
