using System.Text.Json;
using Slipway.Monitoring.Worker.Tests.Hosting;

namespace Slipway.Monitoring.Worker.Tests.Http;

public sealed class ProblemTests(MonitoringFixture fixture) : IClassFixture<MonitoringFixture>
{
    [Theory]
    [InlineData("/api/v1/monitors/nobody/windows", 404)]
    [InlineData("/api/v1/monitors/nobody", 404)]
    [InlineData("/api/v1/alerts?endpoint=nobody", 404)]
    [InlineData("/api/v1/endpoints/nobody/summary", 404)]
    [InlineData("/api/v1/endpoints/nobody/dataset.csv", 404)]
    [InlineData("/api/v1/alerts?endpoint=a%00b", 404)]
    [InlineData("/api/v1/monitors/demand/windows?limit=0", 400)]
    [InlineData("/api/v1/monitors/demand/windows?limit=many", 400)]
    [InlineData("/api/v1/alerts?limit=1001", 400)]
    [InlineData("/api/v1/alerts?status=odd", 400)]
    [InlineData("/api/v1/nothing", 404)]
    public async Task Get_WhatIsNotThere_IsAProblemWithACode(string path, int expected)
    {
        var (status, body) = await fixture.Host.GetAsync(path);
        Assert.Equal(expected, status);
        using var problem = JsonDocument.Parse(body);
        Assert.NotEqual("", problem.RootElement.GetProperty("code").GetString());
    }
}
