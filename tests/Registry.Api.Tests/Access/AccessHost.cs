using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Contracts.Access;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Access;

/// <summary>A registry with access control on, one user a role on the names <c>fraud-*</c>, and objects inside and outside of them.</summary>
public sealed class AccessHost : IAsyncLifetime
{
    public const string AdminPassword = "correct horse battery";
    public const string UserPassword = "staple staple horse";
    public const string ServiceToken = "a-token-of-twenty-or-more";

    /// <summary>The users and their roles on <c>fraud-*</c>.</summary>
    public static IReadOnlyList<(string User, string Role)> Users { get; } =
    [("reader", "reader"), ("trainer", "trainer"), ("approver", "approver"), ("operator", "operator"), ("manager", "admin")];

    public RegistryHost Host { get; private set; } = null!;

    public HttpClient Admin { get; private set; } = null!;

    /// <summary>Experiments, by name.</summary>
    public Dictionary<string, string> Experiments { get; } = [];

    /// <summary>A run of each experiment, by the experiment's name.</summary>
    public Dictionary<string, string> Runs { get; } = [];

    /// <summary>A logged model of each experiment, by the experiment's name.</summary>
    public Dictionary<string, string> LoggedModels { get; } = [];

    public async Task InitializeAsync()
    {
        Host = await RegistryHost.StartAsync(
            ("Registry:Access:AdminPassword", AdminPassword),
            ("Registry:Access:Services:training:Token", ServiceToken),
            ("Registry:Access:Services:training:Roles", "trainer")
        );
        Admin = Basic("admin", AdminPassword);
        foreach (var (user, role) in Users)
        {
            await CreateUserAsync(user);
            await BindAsync(user, role, "fraud-*");
        }
        await CreateUserAsync("nobody");
        foreach (var name in (string[])["fraud-a", "churn-a"])
        {
            Experiments[name] = (string)(await PostAsync(Admin, "experiments/create", new { name }))["experiment_id"]!;
            var run = await PostAsync(Admin, "runs/create", new { experiment_id = Experiments[name] });
            Runs[name] = (string)run["run"]!["info"]!["run_id"]!;
            var logged = await PostAsync(Admin, "logged-models", new { experiment_id = Experiments[name] });
            LoggedModels[name] = (string)logged["model"]!["info"]!["model_id"]!;
            await PostAsync(Admin, "registered-models/create", new { name });
            using var content = new ByteArrayContent([1, 2, 3]);
            using var put = await Admin.PutAsync(Relative($"api/2.0/mlflow-artifacts/artifacts/{ArtifactOf(name)}"), content);
            Assert.Equal(HttpStatusCode.OK, put.StatusCode);
            await PostAsync(Admin, "model-versions/create", new { name, source = $"mlflow-artifacts:/{ArtifactFolder(name)}" });
        }
    }

    public async Task DisposeAsync()
    {
        Admin.Dispose();
        await Host.DisposeAsync();
    }

    public string ArtifactFolder(string experiment) => $"{Experiments[experiment]}/{Runs[experiment]}/artifacts/model";

    public string ArtifactOf(string experiment) => $"{ArtifactFolder(experiment)}/file.txt";

    public static Uri Relative(string path) => new(path, UriKind.Relative);

    public HttpClient Anonymous() => new() { BaseAddress = Host.Http.BaseAddress };

    public HttpClient Basic(string user, string password = UserPassword) =>
        With(new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))));

    public HttpClient Bearer(string token) => With(new AuthenticationHeaderValue("Bearer", token));

    public async Task CreateUserAsync(string name) =>
        await PostAsync(Admin, "users/create", new { username = name, password = UserPassword });

    public async Task<RoleBinding> BindAsync(string principal, string role, string pattern)
    {
        using var response = await Admin.PostAsJsonAsync(
            "api/v1/access/bindings",
            new RoleBinding(0, principal, role, pattern),
            AccessJson.Default.RoleBinding
        );
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync(AccessJson.Default.RoleBinding))!;
    }

    public static async Task<CreatedToken> CreateTokenAsync(HttpClient http, NewToken request)
    {
        using var response = await http.PostAsJsonAsync("api/v1/access/tokens", request, AccessJson.Default.NewToken);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync(AccessJson.Default.CreatedToken))!;
    }

    /// <summary>Calls MLflow's API as somebody who may.</summary>
    public static async Task<JsonNode> PostAsync(HttpClient http, string route, object body)
    {
        var (status, answer) = await SendAsync(http, HttpMethod.Post, $"api/2.0/mlflow/{route}", body);
        Assert.True(status == 200, $"{route}: {status} {answer}");
        return JsonNode.Parse(answer)!;
    }

    public static async Task<(int Status, string Body)> SendAsync(HttpClient http, HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = JsonContent.Create(body, body.GetType());
            await request.Content.LoadIntoBufferAsync();
        }
        using var response = await http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public static async Task<int> GetAsync(HttpClient http, string path) => (await SendAsync(http, HttpMethod.Get, path)).Status;

    private HttpClient With(AuthenticationHeaderValue authorization)
    {
        var http = Anonymous();
        http.DefaultRequestHeaders.Authorization = authorization;
        return http;
    }
}
