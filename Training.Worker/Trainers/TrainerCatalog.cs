using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Trainers.Gbdt;
using Slipway.Training.Worker.Trainers.Linear;

namespace Slipway.Training.Worker.Trainers;

/// <summary>The built-in trainers by name.</summary>
internal static class TrainerCatalog
{
    public const string Linear = "linear";
    public const string Gbdt = "gbdt";

    public static IReadOnlyList<string> Names { get; } = [Gbdt, Linear];

    /// <summary>Makes a trainer from its parameters; wrong parameters are kept by the reader.</summary>
    public static Result<ITrainer> Create(string name, ParameterReader parameters, int seed) =>
        name switch
        {
            Linear => new LinearTrainer(LinearOptions.Read(parameters)),
            Gbdt => new GbdtTrainer(GbdtOptions.Read(parameters, seed)),
            _ => new BadInput("unknown_trainer", $"There is no trainer '{name}'. Known: {string.Join(", ", Names)}.")
            {
                Parameter = "trainer",
            },
        };
}
