using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Models;

/// <summary>
/// Finds what aliases name, which is what every load of a model begins with. While a statement runs, further questions gather, and the next statement answers
/// all of them: nothing is cached, every answer comes from a statement that began after its question, and a rush costs few statements.
/// </summary>
internal sealed class AliasLookup
{
    private const string Sql = $"""
        SELECT w.place, {ModelRowReader.VersionColumns}
        FROM unnest($1::text[], $2::text[]) WITH ORDINALITY w (name, alias, place)
        JOIN registered_models m ON m.name = w.name
        JOIN model_aliases a ON a.model_id = m.id AND a.alias = w.alias
        JOIN model_versions v ON v.model_id = a.model_id AND v.version = a.version
        """;

    private static readonly GathererBounds s_bounds = new(Turns: 2, FurtherTurnWeight: 1, TurnWeight: 500, WaitingWeight: 10_000);
    private readonly NpgsqlDataSource _source;
    private readonly Gatherer<Question> _gatherer;

    public AliasLookup(FixedPlanSource connections)
    {
        _source = connections.Source;
        _gatherer = new Gatherer<Question>(s_bounds, _ => 1, AnswerAsync, (question, e) => question.Answer.TrySetException(e));
    }

    /// <summary>The version, or null where there is no such alias.</summary>
    public Task<MlflowModelVersion?> FindAsync(string name, string alias, CancellationToken ct)
    {
        var question = new Question((name, alias));
        _gatherer.Add(question);
        return question.Answer.Task.WaitAsync(ct);
    }

    private async Task AnswerAsync(IReadOnlyList<Question> questions)
    {
        // Where it fails, each of them answers its caller with that; the next statement may succeed.
        var answers = await AskAsync([.. questions.Select(question => question.Key).Distinct()]);
        foreach (var question in questions)
        {
            question.Answer.TrySetResult(answers.GetValueOrDefault(question.Key));
        }
    }

    private async Task<Dictionary<(string, string), MlflowModelVersion>> AskAsync(List<(string Name, string Alias)> keys)
    {
        var found = await _source.QueryAsync(
            Sql,
            row => (Place: (int)row.GetInt64(0), Version: ModelRowReader.Version(row, 1)),
            // One caller that leaves must not take the answer from the others; the statement has its own limit.
            CancellationToken.None,
            keys.Select(key => key.Name).ToArray(),
            keys.Select(key => key.Alias).ToArray()
        );
        return found.ToDictionary(row => keys[row.Place - 1], row => row.Version);
    }

    private sealed record Question((string Name, string Alias) Key)
    {
        public TaskCompletionSource<MlflowModelVersion?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
