using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <summary>A SCSI command of the simulated initiator that is not over.</summary>
internal sealed class ScriptedTask(uint itt, Attempt attempt, bool immediate, Cdb cdb)
{
    private readonly bool[] _covered = new bool[attempt.Operation.Blocks];

    public uint Itt { get; } = itt;

    public Attempt Attempt { get; } = attempt;

    public DiskOperation Operation { get; } = attempt.Operation;

    public Cdb Cdb { get; } = cdb;

    public bool Immediate { get; } = immediate;

    public Serial32 CmdSN { get; set; }

    /// <summary>The connection it is allegiant to; null while it waits for another one.</summary>
    public ScriptedConnection? Connection { get; set; }

    public TimeSpan ProgressAt { get; set; }

    /// <summary>Its connection was logged out for recovery: it waits for TASK REASSIGN, not before this time.</summary>
    public TimeSpan? ReassignAt { get; set; }

    /// <summary>When its connection was settled, and when at the latest the target knew that it was gone: its time counts from one of the two.</summary>
    public (TimeSpan Settled, TimeSpan Known) FreeSince { get; set; }

    /// <summary>A TASK REASSIGN for it is under way.</summary>
    public bool Reassigning { get; set; }

    /// <summary>It may have been ended with others, and is to be asked after.</summary>
    public bool MayBeGone { get; set; }

    /// <summary>A logout that ends it was sent, whatever became of that.</summary>
    public bool EndWasChosen { get; set; }

    /// <summary>Data that was spoilt is not asked for again: the command counts as failed when its status comes.</summary>
    public bool DataGivenUp { get; set; }

    // Reading.

    public byte[] Data { get; } = attempt.Operation.IsWrite ? [] : new byte[attempt.Operation.Bytes];

    public Serial32 NextDataSN { get; set; }

    public List<Serial32> MissingData { get; } = [];

    /// <summary>Data was asked for again: it may come more often than once.</summary>
    public bool DataAskedAgain { get; set; }

    /// <summary>After a reassignment the target may send all of the data again.</summary>
    public bool MayRestart { get; set; }

    public (uint TargetTransferTag, ulong Lun)? PendingAck { get; set; }

    public uint SnackTag { get; set; }

    /// <summary>Data before this number was acknowledged by DataACK.</summary>
    public Serial32 AcknowledgedDataSN { get; set; }

    public TimeSpan SnackAt { get; set; }

    /// <summary>A status has come that must not be acknowledged before all of the data has.</summary>
    public Serial32? StatusStatSN { get; set; }

    /// <summary>The status that counts has come: the one with the tag of the last R-Data SNACK, if there was one.</summary>
    public bool HasStatus { get; set; }

    public bool AllCovered => !_covered.Contains(false);

    // Writing.

    public Serial32 NextR2TSN { get; set; }

    public Queue<Sequence> Sequences { get; } = new();

    public bool Sending { get; set; }

    /// <summary>Counts the times that what it was sending became void.</summary>
    public int Epoch { get; set; }

    public void Cover(uint offset, ReadOnlySpan<byte> data)
    {
        BrokenRuleException.Unless(offset % SimDisk.BlockBytes == 0 && offset + data.Length <= Data.Length, $"data comes where it was asked for: {data.Length} bytes at {offset} of {Operation}");
        data.CopyTo(Data.AsSpan((int)offset));
        for (int block = (int)offset / SimDisk.BlockBytes; block * SimDisk.BlockBytes < offset + data.Length; block++)
        {
            _covered[block] = true;
        }
    }

    public override string ToString() => $"itt {Itt} ({Attempt})";

    /// <summary>Data that the target wants: the answer to an R2T, or unsolicited.</summary>
    internal readonly record struct Sequence(uint TargetTransferTag, uint Offset, uint Length);
}
