using System.Net;
using System.Text.RegularExpressions;

namespace Slipway.Dashboard.Tests.Pages;

public sealed partial class PromotionPageTests
{
    private const string Id = "0198c0de-0000-7000-8000-000000000001";

    private const string Waiting =
        $$"""{"id":"{{Id}}","model":"credit","version":2,"environment":"production","status":"awaiting_approval","previousVersion":1,"createdAt":"2026-01-02T03:04:05Z","requestedBy":"<i>ann</i>","approvalsRequired":2,"approvedBy":["bob"],"gates":[{"name":"vetted","status":"passed","detail":"fine"}],"events":[{"at":"2026-01-02T03:04:05Z","kind":"approved","status":"awaiting_approval","by":"bob"}]}""";

    [Fact]
    public async Task List_ShowsStateApprovalsAndPages()
    {
        await using var fixture = DashboardFixture
            .Create()
            .Answer("/api/v1/promotions", $$"""{"promotions":[{{Waiting}}],"nextPageToken":"{{Id}}"}""");
        var page = await fixture.Client.GetStringAsync("/promotions?status=awaiting_approval");
        Assert.Contains($"href=\"/promotions/{Id}\"", page, StringComparison.Ordinal);
        Assert.Contains("1 of 2", page, StringComparison.Ordinal);
        Assert.Contains("&lt;i&gt;ann&lt;/i&gt;", page, StringComparison.Ordinal);
        Assert.Contains($"status=awaiting_approval&amp;pageToken={Id}", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Approve_WithThePagesToken_IsSentAndShown()
    {
        await using var fixture = DashboardFixture
            .Create()
            .Answer($"/api/v1/promotions/{Id}", Waiting)
            .Answer($"/api/v1/promotions/{Id}/approve", Waiting);
        using var answer = await PostAsync(fixture, await TokenAsync(fixture), "approve");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain("role=\"alert\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Act_Refused_ShowsTheReasonAndKeepsTheWords()
    {
        // The services know no such step: they answer 404 with a problem.
        await using var fixture = DashboardFixture.Create().Answer($"/api/v1/promotions/{Id}", Waiting);
        using var answer = await PostAsync(fixture, await TokenAsync(fixture), "reject");
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("nothing here", page, StringComparison.Ordinal);
        Assert.Contains("why not", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("CfDJ8-wrong")]
    public async Task Act_WithoutThePagesToken_IsRefused(string? token)
    {
        await using var fixture = DashboardFixture
            .Create()
            .Answer($"/api/v1/promotions/{Id}", Waiting)
            .Answer($"/api/v1/promotions/{Id}/approve", Waiting);
        using var answer = await PostAsync(fixture, token, "approve");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Compare_ShowsBothSides()
    {
        await using var fixture = DashboardFixture
            .Create()
            .Answer(
                "/api/v1/models/credit/compare/1/2",
                """{"left":{"model":"credit","version":1,"vettingStatus":"passed","createdAt":"2026-01-02T03:04:05Z"},"right":{"model":"credit","version":2,"vettingStatus":"passed","createdAt":"2026-01-02T03:04:05Z"},"params":[{"name":"depth","left":"3","right":"4","differs":true}],"metrics":[{"name":"mae","left":12.5,"right":11.25,"differs":true}],"tags":[],"signature":["input 'x' is new."],"callersOfLeftCanCallRight":false,"graph":[],"baseline":[{"name":"age","leftMean":1.5,"psi":0.33}]}"""
            );
        var page = await fixture.Client.GetStringAsync("/models/credit/compare?left=1&right=2");
        Assert.Contains("12.5", page, StringComparison.Ordinal);
        Assert.Contains("11.25", page, StringComparison.Ordinal);
        Assert.Contains("cannot call version 2", page, StringComparison.Ordinal);
        Assert.Contains("0.33", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/promotions")]
    [InlineData($"/promotions/{Id}")]
    [InlineData("/models/credit/compare?left=1&right=2")]
    public async Task AnyPage_ServicesAway_SaysSoAndStaysUp(string path)
    {
        await using var fixture = DashboardFixture.Create();
        await fixture.StopServicesAsync();
        using var response = await fixture.Client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("does not answer", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<string> TokenAsync(DashboardFixture fixture) =>
        Token().Match(await fixture.Client.GetStringAsync($"/promotions/{Id}")).Groups[1].Value;

    private static Task<HttpResponseMessage> PostAsync(DashboardFixture fixture, string? token, string verb)
    {
        var fields = new Dictionary<string, string>
        {
            ["_handler"] = "act",
            ["Input.By"] = "cleo",
            ["Input.Comment"] = "why not",
            ["Input.Verb"] = verb,
        };
        if (token is not null)
        {
            fields["__RequestVerificationToken"] = token;
        }
        return fixture.Client.PostAsync(new Uri($"/promotions/{Id}", UriKind.Relative), new FormUrlEncodedContent(fields));
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
