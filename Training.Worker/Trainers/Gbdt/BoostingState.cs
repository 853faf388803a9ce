namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>
/// The training rows' scores so far, one array an output, and the loss's derivatives by them: squared error, logistic, or softmax.
/// </summary>
internal sealed class BoostingState
{
    private const int RowsPerChunk = 4_096;
    private readonly TaskKind _task;
    private readonly float[] _target;
    private readonly int _chunks;
    private readonly double[] _losses;
    private readonly float[][] _probabilities;

    public BoostingState(TaskKind task, float[] target, float[] baseScores)
    {
        _task = task;
        _target = target;
        _chunks = FixedChunks.Count(target.Length, RowsPerChunk, 64);
        _losses = new double[_chunks];
        Gradients = new GradientPair[target.Length];
        Scores = new float[baseScores.Length][];
        _probabilities = new float[baseScores.Length > 1 ? baseScores.Length : 0][];
        for (var output = 0; output < baseScores.Length; output++)
        {
            Scores[output] = new float[target.Length];
            Array.Fill(Scores[output], baseScores[output]);
        }
        for (var output = 0; output < _probabilities.Length; output++)
        {
            _probabilities[output] = new float[target.Length];
        }
    }

    public float[][] Scores { get; }

    /// <summary>The derivatives that <see cref="FillGradients"/> left.</summary>
    public GradientPair[] Gradients { get; }

    /// <summary>The best constant scores: the mean, the log odds, or the logarithms of the classes' shares.</summary>
    public static float[] BaseScores(TrainingData data)
    {
        if (data.Task == TaskKind.Regression)
        {
            return [(float)data.TrainTarget.Average(value => (double)value)];
        }
        var counts = new double[data.Classes!.Count];
        foreach (var target in data.TrainTarget)
        {
            counts[(int)target]++;
        }
        // Half a row more for each class keeps the logarithm finite where a class stands in the holdout alone.
        var total = data.TrainTarget.Length + (0.5 * counts.Length);
        return counts.Length == 2
            ? [(float)Math.Log((counts[1] + 0.5) / (counts[0] + 0.5))]
            : [.. counts.Select(count => (float)Math.Log((count + 0.5) / total))];
    }

    /// <summary>Prepares an iteration and returns the mean loss of the scores as they are.</summary>
    public double Prepare()
    {
        FixedChunks.Run(_chunks, chunk => _losses[chunk] = PrepareChunk(chunk));
        return _losses.Sum() / _target.Length;
    }

    /// <summary>Fills the derivatives by one of the outputs; for a single output <see cref="Prepare"/> has already done so.</summary>
    public void FillGradients(int output)
    {
        if (Scores.Length == 1)
        {
            return;
        }
        // Scaling by C/(C−1) makes two classes agree with the logistic loss (Friedman, 2001).
        var factor = Scores.Length / (Scores.Length - 1f);
        FixedChunks.Run(
            _chunks,
            chunk =>
            {
                var (begin, end) = FixedChunks.Range(chunk, _chunks, _target.Length);
                var probabilities = _probabilities[output];
                for (var row = begin; row < end; row++)
                {
                    var p = probabilities[row];
                    Gradients[row] = new GradientPair(p - (_target[row] == output ? 1 : 0), Math.Max(factor * p * (1 - p), 1e-16f));
                }
            }
        );
    }

    private double PrepareChunk(int chunk)
    {
        var (begin, end) = FixedChunks.Range(chunk, _chunks, _target.Length);
        if (_task == TaskKind.Regression)
        {
            return Squared(begin, end);
        }
        return Scores.Length == 1 ? Logistic(begin, end) : Softmax(begin, end);
    }

    private double Squared(int begin, int end)
    {
        var scores = Scores[0];
        double loss = 0;
        for (var row = begin; row < end; row++)
        {
            var error = scores[row] - _target[row];
            loss += (double)error * error;
            Gradients[row] = new GradientPair(error, 1);
        }
        return loss;
    }

    private double Logistic(int begin, int end)
    {
        var scores = Scores[0];
        double loss = 0;
        double product = 1;
        for (var row = begin; row < end; row++)
        {
            var target = _target[row];
            var p = 1 / (1 + MathF.Exp(-scores[row]));
            Gradients[row] = new GradientPair(p - target, Math.Max(p * (1 - p), 1e-16f));
            // One logarithm for many rows: each factor is at least 1e-15, so the product stays a normal number.
            product *= Math.Max(target > 0 ? p : 1 - p, 1e-15);
            if (product < 1e-280)
            {
                loss -= Math.Log(product);
                product = 1;
            }
        }
        return loss - Math.Log(product);
    }

    private double Softmax(int begin, int end)
    {
        Span<double> row = Scores.Length <= 256 ? stackalloc double[Scores.Length] : new double[Scores.Length];
        double loss = 0;
        for (var i = begin; i < end; i++)
        {
            for (var output = 0; output < row.Length; output++)
            {
                row[output] = Scores[output][i];
            }
            var chosen = row[(int)_target[i]];
            loss += Link.Softmax(row) - chosen;
            for (var output = 0; output < row.Length; output++)
            {
                _probabilities[output][i] = (float)row[output];
            }
        }
        return loss;
    }
}
