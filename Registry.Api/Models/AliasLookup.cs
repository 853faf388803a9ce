using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Models;

/// <summary>
/// Finds what aliases name, which is what every load of a model begins with. While a statement runs, further questions gather, and the next statement answers
/// all of them: nothing is cached, every answer comes from a statement that began after its question, and a rush costs few statements.
/// </summary>
internal sealed class AliasLookup(NpgsqlDataSource source)
{
    private const int MaxRunning = 2;
    private const int MaxKeys = 500;

    private const string Sql = $"""
        SELECT w.place, {ModelRowReader.VersionColumns}
        FROM unnest($1::text[], $2::text[]) WITH ORDINALITY w (name, alias, place)
        JOIN registered_models m ON m.name = w.name
        JOIN model_aliases a ON a.model_id = m.id AND a.alias = w.alias
        JOIN model_versions v ON v.model_id = a.model_id AND v.version = a.version
        """;

    private readonly Lock _lock = new();
    private readonly Queue<Question> _waiting = new();
    private int _running;

    /// <summary>The version, or null where there is no such alias.</summary>
    public Task<MlflowModelVersion?> FindAsync(string name, string alias, CancellationToken ct)
    {
        var question = new Question((name, alias));
        bool start;
        lock (_lock)
        {
            _waiting.Enqueue(question);
            start = _running < MaxRunning;
            _running += start ? 1 : 0;
        }
        if (start)
        {
            _ = RunAsync();
        }
        return question.Answer.Task.WaitAsync(ct);
    }

    private async Task RunAsync()
    {
        while (Take() is { Count: > 0 } questions)
        {
            try
            {
                var answers = await AskAsync([.. questions.Select(question => question.Key).Distinct()]);
                questions.ForEach(question => question.Answer.SetResult(answers.GetValueOrDefault(question.Key)));
            }
            catch (Exception e)
            {
                // Each of them answers its caller with it; the next statement may succeed.
                questions.ForEach(question => question.Answer.SetException(e));
            }
        }
    }

    private List<Question> Take()
    {
        var questions = new List<Question>();
        lock (_lock)
        {
            while (questions.Count < MaxKeys && _waiting.TryDequeue(out var question))
            {
                questions.Add(question);
            }
            if (questions.Count == 0)
            {
                _running--;
            }
        }
        return questions;
    }

    private async Task<Dictionary<(string, string), MlflowModelVersion>> AskAsync(List<(string Name, string Alias)> keys)
    {
        var found = await source.QueryAsync(
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
