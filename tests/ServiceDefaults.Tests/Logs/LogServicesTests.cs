using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Slipway.ServiceDefaults.Tests.Logs;

public sealed class LogServicesTests
{
    [Theory]
    [InlineData("Microsoft.EntityFrameworkCore.Database.Command", false)]
    [InlineData("System.Net.Http.HttpClient.registry", false)]
    [InlineData("Microsoft.Hosting.Lifetime", true)]
    [InlineData("Slipway.Registry", true)]
    public void AddServiceLogging_Information_IsKeptWhereItSaysSomething(string category, bool enabled) =>
        Assert.Equal(enabled, Create().CreateLogger(category).IsEnabled(LogLevel.Information));

    [Fact]
    public void AddServiceLogging_ConfiguredLevel_Wins() =>
        Assert.True(
            Create("--Logging:LogLevel:Microsoft.EntityFrameworkCore.Database.Command=Information")
                .CreateLogger("Microsoft.EntityFrameworkCore.Database.Command")
                .IsEnabled(LogLevel.Information)
        );

    private static ILoggerFactory Create(params string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.AddServiceDefaults("tested");
        return builder.Build().Services.GetRequiredService<ILoggerFactory>();
    }
}
