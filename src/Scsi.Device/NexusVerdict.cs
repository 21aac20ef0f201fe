namespace Blockwire.Scsi.Device;

/// <summary>What the state of a nexus says to a command.</summary>
internal enum NexusVerdict
{
    /// <summary>The command may run.</summary>
    Run,

    /// <summary>CHECK CONDITION with a unit attention.</summary>
    Attention,

    /// <summary>RESERVATION CONFLICT.</summary>
    Conflict,
}
