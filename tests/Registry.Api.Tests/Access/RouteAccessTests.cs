using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Registry.Api.Access;

namespace Slipway.Registry.Api.Tests.Access;

/// <summary>Every route there is, asked by nobody, by every role, about an object inside and one outside of the role's names.</summary>
public sealed partial class RouteAccessTests(AccessHost host) : IClassFixture<AccessHost>
{
    private static readonly string[] s_roles = ["reader", "trainer", "approver", "operator", "manager", "nobody"];

    // Signed addresses carry their own proof, and are tested where they are made.
    private readonly List<(string Path, string Method, AccessRule? Rule)> _routes =
    [
        .. host
            .Host.Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<IAllowAnonymous>() is null)
            .SelectMany(route =>
                (route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method =>
                    (route.RoutePattern.RawText!, method, route.Metadata.GetMetadata<AccessRule>())
                )
            ),
    ];

    [Fact]
    public async Task Routes_Unauthenticated_Are401()
    {
        using var http = host.Anonymous();
        var wrong = new List<string>();
        foreach (var (path, method, rule) in _routes)
        {
            var (status, _) = await AccessHost.SendAsync(
                http,
                new HttpMethod(method),
                Fill(path, rule, "fraud-a"),
                Body(method, rule, "fraud-a")
            );
            if (status != 401)
            {
                wrong.Add($"{method} {path}: {status}");
            }
        }

        Assert.Empty(wrong);
        Assert.True(_routes.Count > 100, "The routes were not found.");
        Assert.Equal(401, await AccessHost.GetAsync(http, "no/such/route"));
    }

    [Fact]
    public async Task Routes_OfEveryRole_AreAllowedOrDeniedAsTheTableSays()
    {
        var wrong = new List<string>();
        foreach (var role in s_roles)
        {
            using var http = host.Basic(role);
            foreach (var name in (string[])["fraud-a", "churn-a"])
            {
                foreach (var (path, method, rule) in _routes.Where(r => IsTested(r.Rule!)))
                {
                    var expected = rule!.Needs.All(need => IsOptional(need) || Holds(role, name, need));
                    // Whoever is allowed gets past the door; that nothing is deleted by it is left to the body, which names no more than the object.
                    if (expected && ChangesTheObject(method, path))
                    {
                        continue;
                    }
                    var (status, body) = await AccessHost.SendAsync(
                        http,
                        new HttpMethod(method),
                        Fill(path, rule, name),
                        Body(method, rule, name)
                    );
                    if (status == 401 || (status == 403) == expected)
                    {
                        wrong.Add($"{role} {method} {path} on {name}: {status} {(body.Length > 150 ? body[..150] : body)}");
                    }
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    // What the handlers check themselves is tested with them.
    private static bool IsTested(AccessRule rule) =>
        rule.Needs.All(need =>
            need.Target.Kind
                is AccessKind.Model
                    or AccessKind.NewModel
                    or AccessKind.Experiment
                    or AccessKind.NewExperiment
                    or AccessKind.ExperimentName
                    or AccessKind.Run
                    or AccessKind.LoggedModel
                    or AccessKind.ArtifactPath
                    or AccessKind.Source
                    or AccessKind.Everything
        );

    // The documented table: what each role may do to what its pattern matches. Nobody but admins of everything may do anything to everything.
    private static bool Holds(string role, string name, AccessNeed need) =>
        need.Target.Kind != AccessKind.Everything
        && name == "fraud-a"
        && need.Permission switch
        {
            Permission.Read => role != "nobody",
            Permission.Write => role is "trainer" or "manager",
            Permission.Approve => role is "approver" or "manager",
            Permission.Operate => role is "operator" or "manager",
            _ => role is "manager",
        };

    private static bool IsOptional(AccessNeed need) => need.Target.IsOptional;

    private static bool ChangesTheObject(string method, string path) =>
        method == "DELETE" || path.EndsWith("/delete", StringComparison.Ordinal) || path.EndsWith("/restore", StringComparison.Ordinal);

    private string Fill(string path, AccessRule? rule, string name)
    {
        var filled = Parameter()
            .Replace(
                path,
                match =>
                    match.Groups[1].Value switch
                    {
                        "path" => host.ArtifactOf(name),
                        "name" => name,
                        "model_id" => host.LoggedModels[name],
                        "sha256" => new string('a', 64),
                        "version" or "part" => "1",
                        _ => match.Value.EndsWith(":long}", StringComparison.Ordinal)
                        || match.Value.EndsWith(":int}", StringComparison.Ordinal)
                            ? "1"
                            : Guid.Empty.ToString(),
                    }
            );
        var query = string.Join('&', Members(rule, name).Select(m => $"{m.Name}={Uri.EscapeDataString(m.Value)}"));
        return $"{filled.TrimStart('/')}?{query}";
    }

    private Dictionary<string, string>? Body(string method, AccessRule? rule, string name) =>
        method is "GET" or "HEAD" ? null : Members(rule, name).ToDictionary(m => m.Name, m => m.Value);

    private IEnumerable<(string Name, string Value)> Members(AccessRule? rule, string name) =>
        (rule?.Needs ?? [])
            .Where(need => !IsOptional(need) && need.Target.Members.Length > 0)
            .Select(need =>
                (
                    need.Target.Members[0],
                    need.Target.Kind switch
                    {
                        AccessKind.Experiment => host.Experiments[name],
                        AccessKind.Run => host.Runs[name],
                        AccessKind.LoggedModel => host.LoggedModels[name],
                        AccessKind.ArtifactPath => host.ArtifactOf(name),
                        AccessKind.Source => $"runs:/{host.Runs[name]}/model",
                        _ => name,
                    }
                )
            )
            .DistinctBy(member => member.Item1);

    [GeneratedRegex(@"\{\**(\w+)[^}]*\}")]
    private static partial Regex Parameter();
}
