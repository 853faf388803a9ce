using System.Net;

namespace Slipway.Dashboard.Tests.Pages;

public class PageTests
{
    private const string Version =
        """{"version":2,"createdAt":"2026-01-02T03:04:05Z","vettingStatus":"failed","vetting":{"status":"failed","problems":[{"code":"unsafe_format","message":"<b>pickle</b>"}]},"metrics":{"mae":12.5}}""";

    [Fact]
    public async Task Resources_List_ShowsStateAndAddresses()
    {
        await using var fixture = DashboardFixture
            .Create()
            .Answer(
                "/api/v1/resources",
                """[{"name":"registry","type":"project","state":"Running","health":"Healthy","pid":4711,"restarts":3,"urls":["http://localhost:5000"]}]"""
            );
        var page = await fixture.Client.GetStringAsync("/");
        Assert.Contains("<strong>registry</strong>", page, StringComparison.Ordinal);
        Assert.Contains("4711", page, StringComparison.Ordinal);
        Assert.Contains("""href="http://localhost:5000""", page, StringComparison.Ordinal);
        Assert.Contains("badge good", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_VettingProblem_IsShownEscaped()
    {
        await using var fixture = DashboardFixture
            .Create()
            .Answer("/api/v1/models/credit", $$"""{"name":"credit","aliases":{"production":1},"versions":[{{Version}}]}""")
            .Answer("/api/v1/promotions", """{"promotions":[]}""");
        var page = await fixture.Client.GetStringAsync("/models/credit");
        Assert.Contains("unsafe_format", page, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;pickle&lt;/b&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>pickle</b>", page, StringComparison.Ordinal);
        Assert.Contains("12.5", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ModelVersion_Report_ShowsWhatVettingFound()
    {
        await using var fixture = DashboardFixture
            .Create()
            .Answer(
                "/api/v1/models/credit/versions/2",
                """
                {"version":2,"createdAt":"2026-01-02T03:04:05Z","vettingStatus":"passed","vetting":{"status":"passed",
                "warnings":["<i>declared</i> as float64"],"irVersion":8,"producer":"skl2onnx 1.14","opsets":[{"domain":"","version":17}],
                "operators":[{"domain":"","name":"Gemm","count":3}],"parameterCount":1234,"sizeBytes":2048,
                "inputs":[{"name":"x","datatype":"FP32","shape":[-1,4]}],"outputs":[],"latencyMsP50":0.25,"latencyMsP99":1.5,"latencyRuns":200,
                "runOn":"example","modelFile":"model.onnx","files":[{"path":"model.onnx","sizeBytes":2048,"sha256":"0123456789abcdef0123"}],
                "description":{"flavors":["onnx"],"requirements":["numpy==2"],"signature":{"inputs":[{"type":"float64","shape":[-1,4],"required":true}]}}}}
                """
            );
        var page = await fixture.Client.GetStringAsync("/models/credit/versions/2");
        foreach (
            var text in (string[])
                [
                    "p50 0.25 ms, p99 1.5 ms over 200 runs on the example",
                    "&lt;i&gt;declared&lt;/i&gt;",
                    "FP32 [-1, 4]",
                    "float64 [-1, 4]",
                    "1,234 parameters",
                    "ai.onnx 17",
                    "Gemm",
                    "0123456789abcdef",
                    "numpy==2",
                ]
        )
        {
            Assert.Contains(text, page, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("<i>declared", page, StringComparison.Ordinal);
        using var unknown = await fixture.Client.GetAsync(new Uri("/models/credit/versions/3", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Model_Unknown_Is404WithAText()
    {
        await using var fixture = DashboardFixture.Create().Answer("/api/v1/promotions", """{"promotions":[]}""");
        using var response = await fixture.Client.GetAsync(new Uri("/models/nobody", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("nothing of that name", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoint_Routes_ShowsSharesOfTraffic()
    {
        await using var fixture = DashboardFixture
            .Create()
            .Answer(
                "/api/v1/endpoints",
                """[{"name":"credit","routes":[{"model":"credit","version":1,"weight":90},{"model":"credit","version":2,"weight":10}]}]"""
            )
            .Answer(
                "/api/v1/served",
                """{"revision":7,"endpoints":[{"name":"credit","routes":[{"model":"credit","version":1,"weight":90},{"model":"credit","version":2,"weight":10}]}],"models":[],"predictionLog":{"written":5,"published":5,"dropped":0,"pendingBytes":0}}"""
            )
            .Answer(
                "/api/v1/endpoints/credit/summary",
                """{"endpoint":"credit","versions":[{"model":"credit","version":1,"predictions":1234,"outcomes":1000}]}"""
            );
        var page = await fixture.Client.GetStringAsync("/endpoints");
        Assert.Contains("90 %", page, StringComparison.Ordinal);
        Assert.Contains("10 %", page, StringComparison.Ordinal);
        Assert.Contains("1,234", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoint_WithoutTraffic_SaysWhy()
    {
        await using var fixture = DashboardFixture
            .Create()
            .Answer("/api/v1/endpoints", """[{"name":"credit","routes":[{"model":"credit","version":1}]}]""");
        var page = await fixture.Client.GetStringAsync("/endpoints");
        Assert.Contains("Monitoring does not answer", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EndpointMonitor_HostileFeatureName_CannotLeaveTheScriptElement()
    {
        await using var fixture = DashboardFixture
            .Create()
            .Answer(
                "/api/v1/monitors/credit/windows",
                """{"windows":[{"endpoint":"credit","model":"credit","version":1,"start":"2026-01-01T00:00:00Z","end":"2026-01-02T00:00:00Z","closed":true,"predictionCount":10,"outcomeCount":10,"metric":"mae","value":1.5,"drift":[{"feature":"</script><script>alert(1)</script>","psi":0.5,"drifted":true}]}]}"""
            )
            .Answer("/api/v1/alerts", """{"alerts":[]}""");
        var page = await fixture.Client.GetStringAsync("/monitoring/credit");
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.Contains("\"values\":[1.5]", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/models")]
    [InlineData("/models/credit")]
    [InlineData("/endpoints")]
    [InlineData("/monitoring")]
    [InlineData("/monitoring/credit")]
    [InlineData("/jobs")]
    public async Task AnyPage_ServicesAway_SaysSoAndStaysUp(string path)
    {
        await using var fixture = DashboardFixture.Create();
        await fixture.StopServicesAsync();
        using var response = await fixture.Client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("does not answer", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/models/credit")]
    [InlineData("/jobs")]
    public async Task AnyPage_ServicesHang_SaysSoAndStaysUp(string path)
    {
        await using var fixture = DashboardFixture.Create().Hang();
        using var response = await fixture.Client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("does not answer", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/assets/app.css", "text/css")]
    [InlineData("/assets/app.js", "text/javascript")]
    [InlineData("/assets/uPlot.iife.min.js", "text/javascript")]
    public async Task Assets_File_IsServed(string path, string type)
    {
        await using var fixture = DashboardFixture.Create();
        using var response = await fixture.Client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
    }
}
