using Slipway.Contracts.Monitoring;

namespace Slipway.Monitoring.Worker.Outcomes;

/// <summary>What a request body held: outcomes, or the reasons why it is refused.</summary>
internal sealed class OutcomeParse
{
    /// <summary>Reasons beyond this many are not listed.</summary>
    public const int MaxErrors = 20;

    private readonly List<string> _errors = [];
    private readonly List<Outcome> _outcomes = [];

    public IReadOnlyList<Outcome> Outcomes => _outcomes;

    public IReadOnlyList<string> Errors => _errors;

    public bool HasTooMany { get; private set; }

    /// <summary>True once reading on would not tell the caller anything new.</summary>
    public bool IsOver => HasTooMany || _errors.Count >= MaxErrors;

    public void Add(Outcome outcome)
    {
        if (_outcomes.Count >= OutcomeBatch.MaxOutcomes)
        {
            HasTooMany = true;
            return;
        }
        _outcomes.Add(outcome);
    }

    public void Fail(string error) => _errors.Add(error);
}
