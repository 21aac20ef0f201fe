namespace Blockwire.Scsi;

/// <summary>Status byte of a command (SAM-5 §5.3.1).</summary>
public enum ScsiStatus : byte
{
    /// <summary>The command completed.</summary>
    Good = 0x00,

    /// <summary>Sense data tells more.</summary>
    CheckCondition = 0x02,

    /// <summary>The condition of PRE-FETCH or the like is met.</summary>
    ConditionMet = 0x04,

    /// <summary>The logical unit cannot take the command now.</summary>
    Busy = 0x08,

    /// <summary>A reservation of another nexus stands against it.</summary>
    ReservationConflict = 0x18,

    /// <summary>The task set has no room.</summary>
    TaskSetFull = 0x28,

    /// <summary>An ACA condition is in force.</summary>
    AcaActive = 0x30,

    /// <summary>Ended by a task management function of another nexus (control mode page TAS = 1).</summary>
    TaskAborted = 0x40,
}
