namespace Blockwire.Scsi.Device;

/// <summary>What a command is, as far as the checks that all commands share are concerned.</summary>
[Flags]
internal enum CommandFlags
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>Sends data to the initiator.</summary>
    DataIn = 1,

    /// <summary>Takes data from the initiator.</summary>
    DataOut = 2,

    /// <summary>Needs a medium that is loaded and started.</summary>
    NeedsMedium = 4,

    /// <summary>Changes the medium; refused when it is write protected.</summary>
    ChangesMedium = 8,

    /// <summary>Runs though a unit attention is pending, which stays pending (SAM-5 §5.14).</summary>
    PassesUnitAttention = 16,

    /// <summary>Answered for a LUN that has no logical unit (SPC-4 §6.6, §6.33, §6.39).</summary>
    AnswersWithoutUnit = 32,

    /// <summary>Only for logical units with logical block provisioning.</summary>
    NeedsThin = 64,

    /// <summary>Sends blocks of the medium to the initiator and changes nothing: it may run again when its data was lost on the way.</summary>
    ReadsBlocks = 128,

    /// <summary>Writes blocks that the initiator sends: counted as a write.</summary>
    WritesBlocks = 256,

    /// <summary>Looks at blocks and sends none: counted as a verification.</summary>
    VerifiesBlocks = 512,

    /// <summary>Answered while FORMAT UNIT or SANITIZE are under way and after they failed, when everything else is refused (SBC-3 §4.11.2, §5.2.1).</summary>
    RunsDuringMediumWork = 1024,

    /// <summary>Only for disks that promise of a write that all or nothing of it is there, whatever happens.</summary>
    NeedsAtomicWrites = 2048,

    /// <summary>Only for disks that can keep protection information.</summary>
    NeedsProtection = 1 << 22,

    /// <summary>Any of these: the command needs the medium to be active (SPC-4 §5.12).</summary>
    UsesBlocks = ReadsBlocks | WritesBlocks | VerifiesBlocks | ChangesMedium,

    /// <summary>Served through a target port in the standby state (SPC-4 §5.11.2.4).</summary>
    ServedInStandby = 1 << 20,

    /// <summary>Served through a target port in whatever state (SPC-4 §5.11.2.5).</summary>
    ServedUnavailable = 1 << 21,
}
