using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Http;

namespace Slipway.Registry.Api.Policies;

/// <summary><c>/api/v1/environments</c>, and the policies and consumers of a model.</summary>
internal static class EnvironmentsApi
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/environments", List).Needs(Permission.SignedIn, On.Nothing);
        var model = app.MapGroup("/api/v1/models/{name}");
        model.MapGet("/policies", ListPoliciesAsync).Needs(Permission.Read, On.Model());
        model.MapPut("/policies/{environment}", PutPolicyAsync).Needs(Permission.Admin, On.Model());
        model.MapDelete("/policies/{environment}", DeletePolicyAsync).Needs(Permission.Admin, On.Model());
        model.MapGet("/consumers", ListConsumersAsync).Needs(Permission.Read, On.Model());
        model.MapPut("/consumers/{consumer}", PutConsumerAsync).Needs(Permission.Write, On.Model());
        model.MapDelete("/consumers/{consumer}", DeleteConsumerAsync).Needs(Permission.Write, On.Model());
    }

    private static JsonHttpResult<IReadOnlyList<EnvironmentPolicy>> List(EnvironmentCatalog catalog) =>
        TypedResults.Json(catalog.All, ContractsJson.Default.IReadOnlyListEnvironmentPolicy);

    private static async Task<Results<JsonHttpResult<IReadOnlyList<EnvironmentPolicy>>, ProblemHttpResult>> ListPoliciesAsync(
        string name,
        ModelPolicyStore store,
        CancellationToken ct
    ) =>
        await store.ListAsync(name, ct) is { } policies
            ? TypedResults.Json(policies, ContractsJson.Default.IReadOnlyListEnvironmentPolicy)
            : UnknownModel(name);

    private static async Task<Results<JsonHttpResult<EnvironmentPolicy>, ProblemHttpResult>> PutPolicyAsync(
        string name,
        string environment,
        EnvironmentPolicy policy,
        EnvironmentCatalog catalog,
        ModelPolicyStore store,
        CancellationToken ct
    )
    {
        if (catalog.Find(environment) is null)
        {
            return ApiProblem.NotFound(
                "unknown_environment",
                $"There is no environment '{environment}'; there are {string.Join(", ", catalog.Names)}."
            );
        }
        policy = policy with { Name = environment };
        if (PolicyRules.Check(policy, catalog.Names) is { } problem)
        {
            return ApiProblem.Invalid("invalid_policy", problem);
        }
        return await store.PutAsync(name, policy, ct) is { } stored
            ? TypedResults.Json(stored, ContractsJson.Default.EnvironmentPolicy)
            : UnknownModel(name);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeletePolicyAsync(
        string name,
        string environment,
        ModelPolicyStore store,
        CancellationToken ct
    ) => await store.DeleteAsync(name, environment, ct) ? TypedResults.NoContent() : UnknownModel(name);

    private static async Task<Results<JsonHttpResult<IReadOnlyList<ConsumerDeclaration>>, ProblemHttpResult>> ListConsumersAsync(
        string name,
        ConsumerStore store,
        CancellationToken ct
    ) =>
        await store.ListAsync(name, ct) is { } consumers
            ? TypedResults.Json(consumers, ContractsJson.Default.IReadOnlyListConsumerDeclaration)
            : UnknownModel(name);

    private static async Task<Results<JsonHttpResult<ConsumerDeclaration>, ProblemHttpResult>> PutConsumerAsync(
        string name,
        string consumer,
        ConsumerDeclaration declaration,
        ConsumerStore store,
        CancellationToken ct
    )
    {
        declaration = declaration with { Name = consumer };
        if (ConsumerRules.Check(declaration) is { } problem)
        {
            return ApiProblem.Invalid("invalid_consumer", problem);
        }
        return await store.PutAsync(name, declaration, ct) switch
        {
            PutConsumer.Stored => TypedResults.Json(declaration, ContractsJson.Default.ConsumerDeclaration),
            PutConsumer.TooMany => ApiProblem.Conflict(
                "too_many_consumers",
                $"A model has at most {ConsumerStore.MaxConsumers} consumers."
            ),
            _ => UnknownModel(name),
        };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteConsumerAsync(
        string name,
        string consumer,
        ConsumerStore store,
        CancellationToken ct
    ) => await store.DeleteAsync(name, consumer, ct) ? TypedResults.NoContent() : UnknownModel(name);

    private static ProblemHttpResult UnknownModel(string name) =>
        ApiProblem.NotFound("unknown_model", $"There is no registered model '{name}'.");
}
