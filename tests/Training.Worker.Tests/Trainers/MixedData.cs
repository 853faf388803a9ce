using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Tests.Trainers;

/// <summary>
/// Seeded tables with everything that makes training and serving disagree: skewed, repeated and missing numbers, frequent, rare and missing
/// categories, and in the last fifth categories that training never saw.
/// </summary>
internal sealed class MixedData
{
    private static readonly string[] s_cities = ["Aachen", "Bonn", "Cham", "Düren", "Essen"];
    private static readonly string[] s_labels = ["low", "mid", "high"];

    public MixedData(string task, int rowCount, int seed)
    {
        var random = new Random(seed);
        var skewed = new float[rowCount];
        var level = new float[rowCount];
        var wide = new float[rowCount];
        var city = new string[rowCount];
        var note = new string[rowCount];
        var values = new float[rowCount];
        for (var i = 0; i < rowCount; i++)
        {
            skewed[i] = random.NextDouble() < 0.15 ? float.NaN : (float)Math.Exp(3 * (random.NextDouble() - 0.5));
            level[i] = random.Next(6);
            wide[i] = (float)((random.NextDouble() * 2e6) + 1e6);
            city[i] = i >= rowCount * 4 / 5 && random.NextDouble() < 0.2 ? "Unseen" : s_cities[random.Next(s_cities.Length)];
            note[i] = random.NextDouble() < 0.3 ? "" : $"n{random.Next(30)}";
            values[i] =
                (float.IsNaN(skewed[i]) ? 2.5f : skewed[i])
                + (level[i] > 3 ? 2 : 0)
                + (city[i] == "Bonn" ? 3 : 0)
                + (wide[i] / 1e6f)
                + (float)random.NextDouble();
        }
        Column target = task switch
        {
            "regression" => new NumericColumn("y", values),
            "binary" => new NumericColumn("y", [.. values.Select(value => value > 5 ? 1f : 0f)]),
            _ => Category(
                "y",
                [
                    .. values.Select(value =>
                        s_labels[
                            value > 6 ? 2
                            : value > 4.5 ? 1
                            : 0
                        ]
                    ),
                ]
            ),
        };
        Table = new Table(
            [
                new NumericColumn("skewed", skewed),
                new NumericColumn("level", level),
                new NumericColumn("wide", wide),
                Category("city", city),
                Category("note", note),
                target,
            ],
            rowCount
        );
        Target = Target.Read(Table, "y", null).Value!;
        TrainRows = [.. Enumerable.Range(0, rowCount * 4 / 5)];
        HoldoutRows = [.. Enumerable.Range(TrainRows.Length, rowCount - TrainRows.Length)];
        Schema = FeatureSchema.Fit(Table, ["skewed", "level", "wide", "city", "note"], TrainRows, maxCategories: 20);
        Data = new TrainingData(
            Target.Task,
            Target.Classes,
            Schema.Select(Table, TrainRows),
            Target.Select(TrainRows),
            Schema.Select(Table, HoldoutRows),
            Target.Select(HoldoutRows)
        );
    }

    public Table Table { get; }

    public Target Target { get; }

    public int[] TrainRows { get; }

    public int[] HoldoutRows { get; }

    public FeatureSchema Schema { get; }

    public TrainingData Data { get; }

    public static CategoricalColumn Category(string name, string[] texts)
    {
        var categories = texts.Where(text => text.Length > 0).Distinct().ToArray();
        return new CategoricalColumn(name, [.. texts.Select(text => Array.IndexOf(categories, text))], categories);
    }
}
