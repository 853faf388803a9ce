using System.Globalization;

namespace Slipway.Testing.Fuzzing;

/// <summary>
/// How many damaged inputs a fuzz test makes, and from which seed. Every build makes the same ones; SLIPWAY_FUZZ_SEED asks for others and SLIPWAY_FUZZ_FACTOR for so many
/// times more.
/// </summary>
public static class FuzzPlan
{
    private const int UsualSeed = 20261130;

    /// <summary>The seed of this run, to be named in every failure.</summary>
    public static int Seed { get; } = Setting("SLIPWAY_FUZZ_SEED", UsualSeed);

    private static int Factor { get; } = Setting("SLIPWAY_FUZZ_FACTOR", 1);

    /// <summary>The cases by number, each with a source of chance of its own, so that one can be run again by itself.</summary>
    public static IEnumerable<(int Number, Random Random)> Cases(int usualCount)
    {
        for (var number = 0; number < usualCount * Factor; number++)
        {
            yield return (number, new Random(HashOf(number)));
        }
    }

    /// <summary>Names a case, and the input that it was about, for the text of a failure.</summary>
    public static string Describe(int number, ReadOnlySpan<byte> input) =>
        $"seed {Seed}, case {number}, {input.Length} bytes: {Convert.ToBase64String(input[..Math.Min(input.Length, 3000)])}";

    // Not HashCode, which differs from process to process.
    private static int HashOf(int number) => unchecked((int)((((uint)Seed * 2654435761u) ^ (uint)number) * 2246822519u));

    private static int Setting(string name, int usual) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
}
