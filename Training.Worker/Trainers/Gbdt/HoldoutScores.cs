namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>Keeps the holdout's scores up to date tree by tree, so that its loss is known after each iteration.</summary>
internal sealed class HoldoutScores
{
    private readonly BinnedTable _table;
    private readonly float[] _target;
    private readonly TaskKind _task;
    private readonly int _outputs;
    private readonly float[] _scores;
    private readonly int _chunks;

    public HoldoutScores(BinnedTable table, float[] target, TaskKind task, float[] baseScores)
    {
        _table = table;
        _target = target;
        _task = task;
        _outputs = baseScores.Length;
        _scores = new float[target.Length * _outputs];
        _chunks = FixedChunks.Count(target.Length, 4_096, 32);
        for (var i = 0; i < _scores.Length; i++)
        {
            _scores[i] = baseScores[i % _outputs];
        }
    }

    public void Add(Tree tree) =>
        FixedChunks.Run(
            _chunks,
            chunk =>
            {
                var (begin, end) = FixedChunks.Range(chunk, _chunks, _target.Length);
                for (var row = begin; row < end; row++)
                {
                    _scores[(row * _outputs) + tree.Output] += tree.Find(_table.Bins, row);
                }
            }
        );

    public double Loss() => Link.MeanLoss(_scores, _target, _task, _outputs);
}
