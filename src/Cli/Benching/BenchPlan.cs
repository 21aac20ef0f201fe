namespace Blockwire.Cli.Benching;

/// <summary>What all slots of a bench share.</summary>
/// <param name="arguments">What was asked for.</param>
/// <param name="blockBytes">Bytes in a block of the unit.</param>
/// <param name="blockCount">Blocks of the unit.</param>
internal sealed class BenchPlan(BenchArguments arguments, uint blockBytes, ulong blockCount)
{
    private volatile bool _isOver;

    /// <summary>What was asked for.</summary>
    public BenchArguments Arguments => arguments;

    /// <summary>Blocks of one command.</summary>
    public uint Blocks => (uint)arguments.Block / blockBytes;

    /// <summary>Places of the unit that a command may go to.</summary>
    public ulong Places => blockCount / Blocks;

    /// <summary>No further command is to begin.</summary>
    public bool IsOver => _isOver;

    /// <summary>Timestamp from which on commands count that begin then.</summary>
    public long From { get; set; } = long.MaxValue;

    public void End() => _isOver = true;
}
