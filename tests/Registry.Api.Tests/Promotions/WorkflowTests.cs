using System.Net;
using Npgsql;
using Slipway.Contracts.Http;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Promotions;

/// <summary>Approvals, the states of a promotion and its history, over HTTP.</summary>
public sealed class WorkflowTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task Approve_TwoOfTwo_PromotesAndKeepsTheWholeStory()
    {
        await PrepareAsync("story", approvals: 2);
        var asked = await AskAsync("story", "ann", "quarterly");
        var waiting = await ReachAsync(asked.Id, "awaiting_approval");
        Assert.Equal(("ann", 2, "approver"), (waiting.RequestedBy, waiting.ApprovalsRequired, waiting.ApproverRole));

        await ActAsync(asked.Id, "comments", "cleo", "looks fine");
        await ActAsync(asked.Id, "approve", "bob", null);
        Assert.Equal(["bob"], (await _host.Registry.FindPromotionAsync(asked.Id))!.ApprovedBy);
        await ActAsync(asked.Id, "approve", "cleo", "checked");
        var done = await ReachAsync(asked.Id, "promoted");

        Assert.Equal(["requested", "evaluated", "commented", "approved", "approved", "promoted"], done.Events.Select(e => e.Kind));
        Assert.Equal(["ann", null, "cleo", "bob", "cleo", null], done.Events.Select(e => e.By));
        var move = Assert.Single((await _host.Registry.GetAliasHistoryAsync("story", "production")).Moves);
        Assert.Equal((1, null, "ann", asked.Id), (move.Version, move.PreviousVersion, move.By, move.Promotion));
        Assert.Contains("approved by bob, cleo", move.Reason, StringComparison.Ordinal);
        Assert.Equal("Production", (await _host.Mlflow.GetModelVersionAsync("story", "1")).CurrentStage);
    }

    [Fact]
    public async Task Approve_OneWhoAskedOrHasApproved_IsRefused()
    {
        await PrepareAsync("eyes", approvals: 2);
        var asked = await AskAsync("eyes", "ann");

        await RefusedAsync(asked.Id, "approve", "ann", HttpStatusCode.Forbidden, "four_eyes");
        await RefusedAsync(asked.Id, "approve", " ANN ", HttpStatusCode.Forbidden, "four_eyes");
        await ActAsync(asked.Id, "approve", "bob", null);
        await RefusedAsync(asked.Id, "approve", "Bob", HttpStatusCode.Conflict, "already_approved");
        await RefusedAsync(asked.Id, "approve", null, HttpStatusCode.BadRequest, "name_needed");
        var nobody = await Assert.ThrowsAsync<ApiException>(() =>
            _host.Registry.PromoteAsync(new PromotionRequest { Model = "eyes", Version = 1 })
        );
        Assert.Equal("requester_needed", nobody.Code);
        Assert.DoesNotContain("production", (await _host.Registry.FindModelAsync("eyes"))!.Aliases.Keys);
    }

    [Fact]
    public async Task Approve_RequesterMayApprove_IsEnough()
    {
        await PrepareAsync("alone", approvals: 1, requesterMayApprove: true);
        var asked = await AskAsync("alone", "ann");

        await ActAsync(asked.Id, "approve", "ann", null);

        await ReachAsync(asked.Id, "promoted");
    }

    [Fact]
    public async Task Approve_PolicyTightenedMeanwhile_AsksForMore()
    {
        await PrepareAsync("tight", approvals: 1);
        var asked = await AskAsync("tight", "ann");
        await ReachAsync(asked.Id, "awaiting_approval");
        await PolicyAsync("tight", approvals: 2);

        await ActAsync(asked.Id, "approve", "bob", null);
        await ActAsync(asked.Id, "evaluate", null, null);
        await Eventually(async () => (await _host.Registry.FindPromotionAsync(asked.Id))!.ApprovalsRequired == 2);
        Assert.Equal("awaiting_approval", (await _host.Registry.FindPromotionAsync(asked.Id))!.Status);
        await ActAsync(asked.Id, "approve", "cleo", null);

        await ReachAsync(asked.Id, "promoted");
    }

    /// <summary>The whole table: each state, each step, and what becomes of it (null for 409).</summary>
    [Theory]
    [InlineData("pending", "comments", "pending")]
    [InlineData("pending", "approve", "pending")]
    [InlineData("pending", "reject", "rejected")]
    [InlineData("pending", "withdraw", "withdrawn")]
    [InlineData("pending", "evaluate", "pending")]
    [InlineData("awaiting_approval", "comments", "awaiting_approval")]
    [InlineData("awaiting_approval", "approve", "awaiting_approval")]
    [InlineData("awaiting_approval", "reject", "rejected")]
    [InlineData("awaiting_approval", "withdraw", "withdrawn")]
    [InlineData("awaiting_approval", "evaluate", "awaiting_approval")]
    [InlineData("promoted", "comments", "promoted")]
    [InlineData("promoted", "approve", null)]
    [InlineData("promoted", "reject", null)]
    [InlineData("promoted", "withdraw", null)]
    [InlineData("promoted", "evaluate", null)]
    [InlineData("rejected", "comments", "rejected")]
    [InlineData("rejected", "approve", null)]
    [InlineData("rejected", "reject", null)]
    [InlineData("rejected", "withdraw", null)]
    [InlineData("rejected", "evaluate", null)]
    [InlineData("withdrawn", "comments", "withdrawn")]
    [InlineData("withdrawn", "approve", null)]
    [InlineData("withdrawn", "reject", null)]
    [InlineData("withdrawn", "withdraw", null)]
    [InlineData("withdrawn", "evaluate", null)]
    [InlineData("expired", "comments", "expired")]
    [InlineData("expired", "approve", null)]
    [InlineData("expired", "reject", null)]
    [InlineData("expired", "withdraw", null)]
    [InlineData("expired", "evaluate", null)]
    public async Task Act_InAState_IsLegalOrAConflict(string state, string step, string? expected)
    {
        await PrepareAsync("table", approvals: 3);
        var asked = await AskAsync("table", "ann");
        await ReachAsync(asked.Id, "awaiting_approval");
        await PutIntoAsync(asked.Id, state);

        if (expected is null)
        {
            await RefusedAsync(asked.Id, step, "bob", HttpStatusCode.Conflict, "promotion_closed");
            Assert.Equal(state, (await _host.Registry.FindPromotionAsync(asked.Id))!.Status);
        }
        else
        {
            Assert.Equal(expected, (await ActAsync(asked.Id, step, "bob", "words")).Status);
        }
    }

    [Fact]
    public async Task Events_ChangedInTheDatabase_AreRefusedThere()
    {
        await PrepareAsync("fixed", approvals: 1);
        var asked = await AskAsync("fixed", "ann");
        await using var source = NpgsqlDataSource.Create(_host.ConnectionString);
        foreach (var sql in (string[])["UPDATE promotion_events SET actor = 'eve'", "DELETE FROM promotion_events"])
        {
            await using var command = source.CreateCommand($"{sql} WHERE promotion_id = '{asked.Id}'");
            var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
            Assert.Contains("never changed", refused.MessageText, StringComparison.Ordinal);
        }

        // They go with the model.
        await ActAsync(asked.Id, "withdraw", "ann", null);
        await _host.SendAsync(HttpMethod.Delete, "registered-models/delete", """{"name":"fixed"}""");
        Assert.Null(await _host.Registry.FindPromotionAsync(asked.Id));
    }

    [Fact]
    public async Task List_Filters_AndPages()
    {
        await PrepareAsync("pages", approvals: 1);
        var asked = new List<Guid>();
        for (var i = 0; i < 5; i++)
        {
            asked.Add((await AskAsync("pages", "ann")).Id);
        }
        await ActAsync(asked[0], "withdraw", "ann", null);

        var seen = new List<Guid>();
        string? token = null;
        do
        {
            using var response = await _host.Http.GetAsync(
                new Uri($"api/v1/promotions?model=pages&limit=2&pageToken={token}", UriKind.Relative)
            );
            var page = System.Text.Json.JsonSerializer.Deserialize(
                await response.Content.ReadAsStringAsync(),
                Contracts.ContractsJson.Default.PromotionPage
            )!;
            Assert.True(page.Promotions.Count <= 2);
            seen.AddRange(page.Promotions.Select(p => p.Id));
            token = page.NextPageToken;
        } while (token is not null);

        Assert.Equal(Enumerable.Reverse(asked), seen);
        var withdrawn = await _host.Registry.ListPromotionsAsync("pages", status: "withdrawn");
        Assert.Equal(asked[0], Assert.Single(withdrawn.Promotions).Id);
        Assert.Empty((await _host.Registry.ListPromotionsAsync("pages", environment: "testing")).Promotions);
    }

    [Theory]
    [InlineData("?status=lost", "unknown_status")]
    [InlineData("?limit=0", "invalid_limit")]
    [InlineData("?limit=101", "invalid_limit")]
    [InlineData("?pageToken=xyz", "invalid_page_token")]
    public async Task List_Wrong_IsAProblemWithACode(string query, string code)
    {
        using var response = await _host.Http.GetAsync(new Uri($"api/v1/promotions{query}", UriKind.Relative));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains($"\"code\":\"{code}\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("approve")]
    [InlineData("evaluate")]
    [InlineData("comments")]
    public async Task Act_OnNoPromotion_IsNotFound(string step) =>
        await RefusedAsync(Guid.NewGuid(), step, "bob", HttpStatusCode.NotFound, "unknown_promotion");

    private async Task PrepareAsync(string model, int approvals, bool requesterMayApprove = false)
    {
        if (await _host.Registry.FindModelAsync(model) is null)
        {
            await _host.RegisterAsync(model, Files.Good, new Dictionary<string, double> { ["mae"] = 1 });
            await _host.VettedAsync(model, 1);
        }
        await PolicyAsync(model, approvals, requesterMayApprove);
    }

    private Task<EnvironmentPolicy> PolicyAsync(string model, int approvals, bool requesterMayApprove = false) =>
        _host.Registry.PutPolicyAsync(
            model,
            new EnvironmentPolicy
            {
                Name = "production",
                Approvals = approvals,
                RequesterMayApprove = requesterMayApprove,
            }
        );

    private Task<Promotion> AskAsync(string model, string by, string? comment = null) =>
        _host.Registry.PromoteAsync(
            new PromotionRequest
            {
                Model = model,
                Version = 1,
                RequestedBy = by,
                Comment = comment,
            }
        );

    private Task<Promotion> ActAsync(Guid id, string step, string? by, string? comment) =>
        _host.Registry.ActOnPromotionAsync(id, step, new PromotionAction { By = by, Comment = comment });

    private async Task RefusedAsync(Guid id, string step, string? by, HttpStatusCode status, string code)
    {
        var refused = await Assert.ThrowsAsync<ApiException>(() => ActAsync(id, step, by, "words"));
        Assert.Equal((status, code), (refused.Status, refused.Code));
    }

    private Task<Promotion> ReachAsync(Guid id, string status) =>
        Slipway.Testing.Eventually.GetAsync(async () =>
            await _host.Registry.FindPromotionAsync(id) is { } promotion && promotion.Status == status ? promotion : null
        );

    private static Task Eventually(Func<Task<bool>> condition) => Slipway.Testing.Eventually.TrueAsync(condition);

    /// <summary>Puts it into a state as if it had come there by itself; not due, so that nobody moves it on.</summary>
    private async Task PutIntoAsync(Guid id, string state)
    {
        await using var source = NpgsqlDataSource.Create(_host.ConnectionString);
        await using var command = source.CreateCommand(
            "UPDATE promotions SET status = $1, due_at = 'infinity', decided_at = CASE WHEN $1 IN ('pending', 'awaiting_approval') THEN NULL ELSE now() END WHERE id = $2"
        );
        command.Parameters.AddWithValue(state);
        command.Parameters.AddWithValue(id);
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }
}
