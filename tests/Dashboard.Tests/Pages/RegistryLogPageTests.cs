using System.Net;

namespace Slipway.Dashboard.Tests.Pages;

public class RegistryLogPageTests
{
    [Fact]
    public async Task Audit_ShowsEntriesEscapedAndTheChain()
    {
        await using var fixture = DashboardFixture
            .Create()
            .Answer(
                "/api/v1/audit",
                """{"entries":[{"id":7,"sequence":6,"hash":"ab","at":"2026-01-02T03:04:05Z","actor":"<i>ada</i>","action":"model_version_alias.created","object":"models/iris/aliases/champion","after":{"version":"3"}}],"nextPageToken":"7"}"""
            )
            .Answer(
                "/api/v1/audit/verify",
                """{"valid":false,"complete":true,"checked":5,"lastSequence":5,"lastHash":"cd","unsealed":1,"firstBroken":{"sequence":6,"entryId":7,"reason":"The entry was removed."}}"""
            );
        var page = await fixture.Client.GetStringAsync("/audit?object=models/iris");
        Assert.Contains("&lt;i&gt;ada&lt;/i&gt;", page, StringComparison.Ordinal);
        Assert.Contains("models/iris/aliases/champion", page, StringComparison.Ordinal);
        Assert.Contains("At 6: The entry was removed.", page, StringComparison.Ordinal);
        Assert.Contains("badge bad", page, StringComparison.Ordinal);
        Assert.Contains("pageToken=7", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Webhooks_ShowCountsAndTheDeliveryLog()
    {
        await using var fixture = DashboardFixture
            .Create()
            .Answer(
                "/api/v1/webhooks",
                """[{"id":"w1","name":"ci","url":"https://ci.example/","status":"ACTIVE","events":["model_version.created"],"pending":1,"delivered":20,"dead":3}]"""
            )
            .Answer(
                "/api/v1/webhooks/w1/deliveries",
                """[{"id":"33333333-3333-3333-3333-333333333333","webhookId":"w1","event":"model_version.created","entryId":9,"status":"dead","attempts":2,"createdAt":"2026-01-02T03:04:05Z","log":[{"number":2,"at":"2026-01-02T03:04:06Z","durationMs":12.5,"status":500,"body":"<script>"},{"number":1,"at":"2026-01-02T03:04:05Z","durationMs":1,"error":"No answer within 30 s."}]}]"""
            );
        var list = await fixture.Client.GetStringAsync("/webhooks");
        var log = await fixture.Client.GetStringAsync("/webhooks/w1");
        Assert.Contains("https://ci.example/", list, StringComparison.Ordinal);
        Assert.Contains("/webhooks/w1", list, StringComparison.Ordinal);
        Assert.Contains("No answer within 30 s.", log, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", log, StringComparison.Ordinal);
        Assert.Contains("badge bad", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lineage_DrawsNodesLeftToRightAndSaysWhatIsMissing()
    {
        await using var fixture = DashboardFixture
            .Create()
            .Answer(
                "/api/v1/lineage",
                """{"start":"run:r","nodes":[{"id":"run:r","kind":"run","name":"first","details":{"status":"FINISHED"}},{"id":"version:m/1","kind":"version","name":"m v1","details":{}}],"edges":[{"from":"run:r","to":"version:m/1"}],"notes":["The monitoring service does not answer."]}"""
            );
        var page = await fixture.Client.GetStringAsync("/lineage?node=run:r");
        Assert.Contains("<svg", page, StringComparison.Ordinal);
        Assert.Contains("translate(16 16)", page, StringComparison.Ordinal);
        Assert.Contains("translate(276 16)", page, StringComparison.Ordinal);
        Assert.Contains("The monitoring service does not answer.", page, StringComparison.Ordinal);
        Assert.Contains("m v1", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lineage_OfAnUnknownNode_SaysSo()
    {
        await using var fixture = DashboardFixture.Create();
        using var response = await fixture.Client.GetAsync(new Uri("/lineage?node=run:none", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("There is no", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lineage_WithoutANode_OffersTheNewestVersions()
    {
        await using var fixture = DashboardFixture
            .Create()
            .Answer(
                "/api/v1/models",
                """[{"name":"a b","aliases":{},"versions":[{"version":3,"createdAt":"2026-01-02T03:04:05Z","vettingStatus":"passed","metrics":{}}]},{"name":"empty","aliases":{},"versions":[]}]"""
            );
        var page = await fixture.Client.GetStringAsync("/lineage");
        Assert.Contains("/lineage?node=version%3Aa%20b%2F3", page, StringComparison.Ordinal);
        Assert.DoesNotContain("empty", page[page.IndexOf("<ul", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }
}
