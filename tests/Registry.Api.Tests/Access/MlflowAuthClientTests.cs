using System.Text.Json.Nodes;

namespace Slipway.Registry.Api.Tests.Access;

/// <summary>What MLflow's <c>AuthServiceClient</c> asks and expects.</summary>
public sealed class MlflowAuthClientTests(AccessHost host) : IClassFixture<AccessHost>
{
    private const string Api = "api/2.0/mlflow";

    [Fact]
    public async Task Users_CreateGetUpdateDelete_Work()
    {
        var (status, body) = await SendAsync(
            host.Admin,
            HttpMethod.Post,
            "users/create",
            new { username = "ann", password = AccessHost.UserPassword }
        );
        Assert.Equal(200, status);
        Assert.Equal("ann", (string?)body["user"]!["username"]);
        Assert.False((bool)body["user"]!["is_admin"]!);
        using var ann = host.Basic("ann");

        Assert.Equal(
            (400, "RESOURCE_ALREADY_EXISTS"),
            Error(
                await SendAsync(host.Admin, HttpMethod.Post, "users/create", new { username = "ann", password = AccessHost.UserPassword })
            )
        );
        Assert.Equal(
            (403, "PERMISSION_DENIED"),
            Error(await SendAsync(ann, HttpMethod.Post, "users/create", new { username = "x", password = AccessHost.UserPassword }))
        );
        Assert.Equal(200, (await SendAsync(ann, HttpMethod.Get, "users/get?username=ann")).Status);
        Assert.Equal((403, "PERMISSION_DENIED"), Error(await SendAsync(ann, HttpMethod.Get, "users/get?username=reader")));
        Assert.Equal("ann", (string?)(await SendAsync(ann, HttpMethod.Get, "users/current")).Body["user"]!["username"]);
        Assert.Equal(
            200,
            (await SendAsync(host.Admin, HttpMethod.Patch, "users/update-admin", new { username = "ann", is_admin = true })).Status
        );
        Assert.True((bool)(await SendAsync(ann, HttpMethod.Get, "users/get?username=ann")).Body["user"]!["is_admin"]!);
        Assert.Equal(
            200,
            (await SendAsync(host.Admin, HttpMethod.Patch, "users/update-admin", new { username = "ann", is_admin = false })).Status
        );
        Assert.Equal(403, (await SendAsync(ann, HttpMethod.Get, "users/get?username=reader")).Status);
        Assert.Equal(200, (await SendAsync(host.Admin, HttpMethod.Delete, "users/delete", new { username = "ann" })).Status);
        Assert.Equal((401, "UNAUTHENTICATED"), Error(await SendAsync(ann, HttpMethod.Get, "users/current")));
        var gone = await SendAsync(host.Admin, HttpMethod.Get, "users/get?username=ann");
        Assert.Equal((404, "RESOURCE_DOES_NOT_EXIST"), Error(gone));
        Assert.Equal("User with username=ann not found", (string?)gone.Body["message"]);
    }

    [Fact]
    public async Task Password_Changed_EndsTheOldOne()
    {
        await host.CreateUserAsync("bob");
        using var old = host.Basic("bob");
        using var current = host.Basic("bob", "another password of bob");
        Assert.Equal(200, (await SendAsync(old, HttpMethod.Get, "users/current")).Status);
        Assert.Equal(
            400,
            (
                await SendAsync(
                    old,
                    HttpMethod.Patch,
                    "users/update-password",
                    new
                    {
                        username = "bob",
                        password = "another password of bob",
                        current_password = "not the current one",
                    }
                )
            ).Status
        );

        Assert.Equal(
            200,
            (
                await SendAsync(
                    old,
                    HttpMethod.Patch,
                    "users/update-password",
                    new { username = "bob", password = "another password of bob" }
                )
            ).Status
        );

        Assert.Equal(401, (await SendAsync(old, HttpMethod.Get, "users/current")).Status);
        Assert.Equal(200, (await SendAsync(current, HttpMethod.Get, "users/current")).Status);
        using var other = host.Basic("reader");
        Assert.Equal(
            403,
            (
                await SendAsync(
                    other,
                    HttpMethod.Patch,
                    "users/update-password",
                    new { username = "bob", password = AccessHost.UserPassword }
                )
            ).Status
        );
    }

    [Theory]
    [InlineData("", "long enough a password")]
    [InlineData("name", "")]
    [InlineData("name", "short")]
    [InlineData("name", "aaaaaaaaaaaaaaaa")]
    [InlineData("a-name-of-its-own", "A-Name-Of-Its-Own")]
    [InlineData("oidc:name", "long enough a password")]
    public async Task Users_BadNameOrPassword_Are400(string username, string password) =>
        Assert.Equal(400, (await SendAsync(host.Admin, HttpMethod.Post, "users/create", new { username, password })).Status);

    [Theory]
    [InlineData("experiments", "experiment_id", "experiment_permission", "Experiment")]
    [InlineData("registered-models", "name", "registered_model_permission", "Registered model")]
    public async Task Permissions_CreateGetUpdateDelete_Work(string area, string member, string answer, string title)
    {
        var key = "not there yet " + area;
        JsonObject Body(string permission) =>
            new()
            {
                [member] = key,
                ["username"] = "nobody",
                ["permission"] = permission,
            };
        var get = $"{area}/permissions/get?{member}={Uri.EscapeDataString(key)}&username=nobody";
        var (status, created) = await SendAsync(host.Admin, HttpMethod.Post, $"{area}/permissions/create", Body("READ"));
        Assert.Equal(200, status);
        Assert.Equal((key, "READ"), ((string?)created[answer]![member], (string?)created[answer]!["permission"]));
        Assert.Equal(400, (await SendAsync(host.Admin, HttpMethod.Post, $"{area}/permissions/create", Body("READ"))).Status);
        Assert.Equal(400, (await SendAsync(host.Admin, HttpMethod.Patch, $"{area}/permissions/update", Body("ALL"))).Status);
        Assert.Equal(200, (await SendAsync(host.Admin, HttpMethod.Patch, $"{area}/permissions/update", Body("EDIT"))).Status);
        Assert.Equal("EDIT", (string?)(await SendAsync(host.Admin, HttpMethod.Get, get)).Body[answer]!["permission"]);
        using var nobody = host.Basic("nobody");
        foreach (
            var (method, route) in ((HttpMethod, string)[])
                [(HttpMethod.Post, "create"), (HttpMethod.Patch, "update"), (HttpMethod.Delete, "delete")]
        )
        {
            Assert.Equal((403, "PERMISSION_DENIED"), Error(await SendAsync(nobody, method, $"{area}/permissions/{route}", Body("READ"))));
        }
        Assert.Equal(200, (await SendAsync(host.Admin, HttpMethod.Delete, $"{area}/permissions/delete", Body("READ"))).Status);
        var gone = await SendAsync(host.Admin, HttpMethod.Get, get);
        Assert.Equal((404, "RESOURCE_DOES_NOT_EXIST"), Error(gone));
        Assert.Equal($"{title} permission with {member}={key} and username=nobody not found", (string?)gone.Body["message"]);
    }

    [Fact]
    public async Task Permissions_OfEachLevel_AllowWhatMlflowSays()
    {
        await host.CreateUserAsync("carl");
        await AccessHost.PostAsync(host.Admin, "registered-models/create", new { name = "levels" });
        using var carl = host.Basic("carl");
        async Task<(int Get, int Tag, int Grant)> TryAsync() =>
            (
                (await SendAsync(carl, HttpMethod.Get, "registered-models/get?name=levels")).Status,
                (
                    await SendAsync(
                        carl,
                        HttpMethod.Post,
                        "registered-models/set-tag",
                        new
                        {
                            name = "levels",
                            key = "k",
                            value = "v",
                        }
                    )
                ).Status,
                (await SendAsync(carl, HttpMethod.Get, "registered-models/permissions/get?name=levels&username=carl")).Status
            );
        Assert.Equal((403, 403, 403), await TryAsync());
        var method = "create";
        foreach (
            var (level, expected) in ((string, (int, int, int))[])
                [
                    ("READ", (200, 403, 403)),
                    ("USE", (200, 403, 403)),
                    ("EDIT", (200, 200, 403)),
                    ("MANAGE", (200, 200, 200)),
                    ("NO_PERMISSIONS", (403, 403, 403)),
                ]
        )
        {
            await SendAsync(
                host.Admin,
                method == "create" ? HttpMethod.Post : HttpMethod.Patch,
                $"registered-models/permissions/{method}",
                new
                {
                    name = "levels",
                    username = "carl",
                    permission = level,
                }
            );
            method = "update";
            Assert.Equal(expected, await TryAsync());
        }
        // What says no is stronger than a role.
        var binding = await host.BindAsync("carl", "trainer", "*");
        Assert.Equal((403, 403, 403), await TryAsync());
        Assert.DoesNotContain(
            "levels",
            (await AccessHost.SendAsync(carl, HttpMethod.Get, $"{Api}/registered-models/search")).Body,
            StringComparison.Ordinal
        );
        await AccessHost.SendAsync(host.Admin, HttpMethod.Delete, $"api/v1/access/bindings/{binding.Id}");
    }

    [Fact]
    public async Task Creator_ManagesWhatIsNew_UntilItIsGone()
    {
        using var trainer = host.Basic("trainer");
        const string Get = "registered-models/permissions/get?username=trainer&name=";
        await AccessHost.PostAsync(trainer, "registered-models/create", new { name = "fraud-mine" });
        Assert.Equal(
            "MANAGE",
            (string?)(await SendAsync(trainer, HttpMethod.Get, Get + "fraud-mine")).Body["registered_model_permission"]!["permission"]
        );

        await AccessHost.PostAsync(trainer, "registered-models/rename", new { name = "fraud-mine", new_name = "fraud-mine-2" });
        Assert.Equal(404, (await SendAsync(host.Admin, HttpMethod.Get, Get + "fraud-mine")).Status);
        Assert.Equal(200, (await SendAsync(trainer, HttpMethod.Delete, "registered-models/delete", new { name = "fraud-mine-2" })).Status);

        Assert.Equal(404, (await SendAsync(host.Admin, HttpMethod.Get, Get + "fraud-mine-2")).Status);
        // Of others' models, a trainer deletes none.
        Assert.Equal(403, (await SendAsync(trainer, HttpMethod.Delete, "registered-models/delete", new { name = "fraud-a" })).Status);
    }

    private static (int, string?) Error((int Status, JsonNode Body) answer) => (answer.Status, (string?)answer.Body["error_code"]);

    private static async Task<(int Status, JsonNode Body)> SendAsync(HttpClient http, HttpMethod method, string route, object? body = null)
    {
        var (status, text) = await AccessHost.SendAsync(http, method, $"{Api}/{route}", body);
        return (status, JsonNode.Parse(text)!);
    }
}
