using Microsoft.Playwright;

namespace Slipway.EndToEnd.Tests.Pages;

/// <summary>The machine's Chromium without a window. It opens pages and keeps what they complained of.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] s_programs =
    [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ];

    // Nothing but the page itself is asked for: the browser's own calls home are switched off.
    private static readonly string[] s_arguments =
    [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browser(IPlaywright playwright, IBrowser browser)
    {
        _playwright = playwright;
        _browser = browser;
    }

    /// <summary>Errors that pages logged or threw, and requests that failed.</summary>
    public List<string> Complaints { get; } = [];

    public static async Task<Browser> StartAsync()
    {
        var program =
            s_programs.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"No browser was found: install Chromium. Looked for {string.Join(", ", s_programs)}.");
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions
            {
                ExecutablePath = program,
                Headless = true,
                Args = s_arguments,
            }
        );
        return new Browser(playwright, browser);
    }

    /// <summary>Opens a page and waits until its network is quiet.</summary>
    public async Task<IPage> OpenAsync(Uri url)
    {
        var page = await _browser.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                Complaints.Add($"{url}: {message.Text}");
            }
        };
        page.PageError += (_, error) => Complaints.Add($"{url}: {error}");
        page.Response += (_, response) =>
        {
            if (response.Status >= 400)
            {
                Complaints.Add($"{response.Url} answered {response.Status}");
            }
        };
        await page.GotoAsync(url.ToString(), new PageGotoOptions { WaitUntil = WaitUntilState.NetworkIdle });
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
