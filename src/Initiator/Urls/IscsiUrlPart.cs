namespace Blockwire.Initiator;

/// <summary>How far an iSCSI URL has to lead.</summary>
public enum IscsiUrlPart
{
    /// <summary>To a portal, as for discovery. "HOST[:PORT]" will do too.</summary>
    Portal,

    /// <summary>To a target.</summary>
    Target,

    /// <summary>To a logical unit.</summary>
    LogicalUnit,
}
