using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Ensembles;

/// <summary>
/// The order in which an ensemble's models run: each as soon as its inputs are there, those that do not need each other at the same time. Made once; what cannot work
/// is an <see cref="ArgumentException"/> with the reason.
/// </summary>
internal sealed class EnsemblePlan
{
    public EnsemblePlan(ModelSignature signature, IReadOnlyList<EnsembleStep> steps)
    {
        var known = signature.Inputs.ToDictionary(input => input.Name, StringComparer.Ordinal);
        CheckNames(signature, steps);
        var rest = steps.ToList();
        var stages = new List<IReadOnlyList<EnsembleStep>>();
        while (rest.Count > 0)
        {
            var ready = rest.Where(step => step.Inputs.Values.All(known.ContainsKey)).ToArray();
            if (ready.Length == 0)
            {
                var missing = rest[0].Inputs.Values.First(name => !known.ContainsKey(name));
                throw new ArgumentException($"The ensemble's step {rest[0].Model.Name} reads '{missing}', which nothing gives before it.");
            }

            foreach (var step in ready)
            {
                Connect(step, known);
                rest.Remove(step);
            }

            stages.Add(ready);
        }

        Stages = stages;
        foreach (var output in signature.Outputs)
        {
            if (!known.TryGetValue(output.Name, out var given) || given.Type != output.Type)
            {
                throw new ArgumentException($"The ensemble's output '{output.Name}' is given by no step, or in another type.");
            }

            CheckShapes(output, given, $"The ensemble's output '{output.Name}'");
        }
    }

    /// <summary>Steps that run at the same time, stage after stage.</summary>
    public IReadOnlyList<IReadOnlyList<EnsembleStep>> Stages { get; }

    private static void CheckNames(ModelSignature signature, IReadOnlyList<EnsembleStep> steps)
    {
        var given = signature.Inputs.Select(input => input.Name).Concat(steps.SelectMany(step => step.Outputs.Values));
        if (given.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(names => names.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"The ensemble's tensor '{twice.Key}' is given twice.");
        }

        foreach (var step in steps)
        {
            var unread = step.Model.Signature.Inputs.FirstOrDefault(input => !step.Inputs.ContainsKey(input.Name));
            var unknown =
                step.Inputs.Keys.FirstOrDefault(name => step.Model.Signature.Inputs.All(input => input.Name != name))
                ?? step.Outputs.Keys.FirstOrDefault(name => step.Model.Signature.Outputs.All(output => output.Name != name));
            if (unread is not null || unknown is not null)
            {
                throw new ArgumentException(
                    unread is not null
                        ? $"The ensemble's step {step.Model.Name} gives nothing to the model's input '{unread.Name}'."
                        : $"The ensemble's step names '{unknown}', which {step.Model.Name} does not have."
                );
            }
        }
    }

    private static void Connect(EnsembleStep step, Dictionary<string, ModelTensor> known)
    {
        foreach (var (input, name) in step.Inputs)
        {
            var (expected, given) = (step.Model.Signature.Inputs.First(tensor => tensor.Name == input), known[name]);
            if (expected.Type != given.Type)
            {
                throw new ArgumentException(
                    $"The ensemble's tensor '{name}' is {given.Type}, and {step.Model.Name} reads '{input}' as {expected.Type}."
                );
            }

            CheckShapes(expected, given, $"The ensemble's tensor '{name}', which {step.Model.Name} reads as '{input}',");
        }

        foreach (var (output, name) in step.Outputs)
        {
            known.Add(name, step.Model.Signature.Outputs.First(tensor => tensor.Name == output));
        }
    }

    // A graph that declares no dimensions takes and gives any.
    private static void CheckShapes(ModelTensor expected, ModelTensor given, string what)
    {
        if (
            expected.Shape.Count > 0
            && given.Shape.Count > 0
            && (
                expected.Shape.Count != given.Shape.Count
                || expected.Shape.Zip(given.Shape).Any(pair => pair is { First: >= 0, Second: >= 0 } && pair.First != pair.Second)
            )
        )
        {
            throw new ArgumentException(
                $"{what} is expected in shape {TensorShape.Format([.. expected.Shape])} and given in shape {TensorShape.Format([.. given.Shape])}."
            );
        }
    }
}
