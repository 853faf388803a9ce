namespace Slipway.Training.Worker.Trainers.Linear;

/// <summary>
/// Mean log loss of a binary or softmax model plus its L2 penalty, with the gradient. Weights stand output by output, each with its
/// intercept last.
/// </summary>
internal sealed class LogisticObjective
{
    private readonly LinearMatrix _matrix;
    private readonly float[] _target;
    private readonly int _width;
    private readonly int _outputs;
    private readonly double _penalty;
    private readonly int _chunks;
    private readonly double[][] _gradients;
    private readonly double[] _losses;

    public LogisticObjective(LinearMatrix matrix, float[] target, int width, int outputs, double l2)
    {
        _matrix = matrix;
        _target = target;
        _width = width;
        _outputs = outputs;
        _penalty = l2 / matrix.RowCount;
        _chunks = FixedChunks.Count(matrix.RowCount, 1_000, 16);
        _gradients = [.. Enumerable.Range(0, _chunks).Select(_ => new double[width * outputs])];
        _losses = new double[_chunks];
    }

    public int Size => _width * _outputs;

    /// <summary>Fills the gradient at the weights and returns the objective, with the loss alone beside it.</summary>
    public (double Objective, double Loss) Evaluate(double[] weights, double[] gradient)
    {
        FixedChunks.Run(_chunks, chunk => _losses[chunk] = EvaluateChunk(chunk, weights));
        Array.Clear(gradient);
        double loss = 0;
        for (var chunk = 0; chunk < _chunks; chunk++)
        {
            loss += _losses[chunk];
            VectorMath.AddScaled(_gradients[chunk], 1.0 / _matrix.RowCount, gradient);
        }
        loss /= _matrix.RowCount;
        double squares = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            if (i % _width != _width - 1)
            {
                squares += weights[i] * weights[i];
                gradient[i] += _penalty * weights[i];
            }
        }
        return (loss + (0.5 * _penalty * squares), loss);
    }

    private double EvaluateChunk(int chunk, double[] weights)
    {
        var gradient = _gradients[chunk];
        Array.Clear(gradient);
        var (begin, end) = FixedChunks.Range(chunk, _chunks, _matrix.RowCount);
        Span<double> scores = _outputs <= 256 ? stackalloc double[_outputs] : new double[_outputs];
        double loss = 0;
        for (var row = begin; row < end; row++)
        {
            for (var output = 0; output < _outputs; output++)
            {
                scores[output] = _matrix.Dot(row, weights.AsSpan(output * _width, _width));
            }
            loss += Link.LossAndResiduals(scores, _target[row]);
            for (var output = 0; output < _outputs; output++)
            {
                _matrix.AddTo(row, scores[output], gradient.AsSpan(output * _width, _width));
            }
        }
        return loss;
    }
}
