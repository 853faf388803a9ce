namespace Slipway.Monitoring.Worker.Outcomes;

/// <summary>What became of a batch of outcomes; <paramref name="Conflicts"/> are the ids whose stored outcome differs.</summary>
internal sealed record StoredOutcomes(int Joined, int Parked, int Duplicates, IReadOnlyList<string> Conflicts);
