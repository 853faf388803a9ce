using Slipway.EndToEnd.Tests.Running;

namespace Slipway.EndToEnd.Tests.Pages;

/// <summary>Opens the dashboard's pages in a real browser after the story has been told.</summary>
internal static class DashboardCheck
{
    public static async Task EveryPageShowsTheStoryAsync(RunningPlatform platform)
    {
        var dashboard = await platform.GetUrlAsync("dashboard");
        await using var browser = await Browser.StartAsync();

        var resources = await browser.OpenAsync(dashboard);
        Assert.Equal(1, await resources.GetByRole(Microsoft.Playwright.AriaRole.Row).Filter(new() { HasText = "registrydb" }).CountAsync());

        var model = await browser.OpenAsync(new Uri(dashboard, "models/bike-demand"));
        Assert.Contains("metric_not_worse", await model.TextContentAsync("main"), StringComparison.Ordinal);

        var endpoints = await browser.OpenAsync(new Uri(dashboard, "endpoints"));
        Assert.Contains("100 %", await endpoints.TextContentAsync(".shares"), StringComparison.Ordinal);

        var monitoring = await browser.OpenAsync(new Uri(dashboard, "monitoring/bike-demand"));
        var charts = monitoring.Locator(".chart canvas");
        Assert.Equal(2, await charts.CountAsync());
        // A chart without lines is one colour: count the pixels that differ from the first.
        var drawn = await charts.First.EvaluateAsync<int>(
            "c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0; for (let i = 0; i < d.length; i += 4) if (d[i] !== d[0] || d[i + 3] !== d[3]) n++; return n; }"
        );
        Assert.True(drawn > 1000, $"The chart has {drawn} drawn pixels.");

        var jobs = await browser.OpenAsync(new Uri(dashboard, "jobs"));
        Assert.Contains("succeeded", await jobs.TextContentAsync("main"), StringComparison.Ordinal);
        Assert.Empty(browser.Complaints);
    }
}
