namespace Blockwire.Scsi.Device;

/// <summary>What becomes of the other tasks of a task set when a command has ended (QERR and TST of the control mode page, SPC-4 §7.5.8).</summary>
public enum OtherTasks
{
    /// <summary>They go on, unless an auto contingent allegiance blocks them.</summary>
    GoOn,

    /// <summary>Those of the nexus that sent the command are ended.</summary>
    EndOfNexus,

    /// <summary>Those of all nexuses are ended.</summary>
    EndOfAll,
}
