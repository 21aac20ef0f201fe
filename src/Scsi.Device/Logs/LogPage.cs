namespace Blockwire.Scsi.Device.Logs;

/// <summary>Which values LOG SENSE asks for (the PC field, SPC-4 §6.8).</summary>
internal enum LogValues
{
    /// <summary>Threshold values.</summary>
    Threshold = 0,

    /// <summary>What has been counted.</summary>
    Cumulative = 1,

    /// <summary>Default threshold values.</summary>
    DefaultThreshold = 2,

    /// <summary>Default cumulative values.</summary>
    DefaultCumulative = 3,
}

/// <summary>Writes the parameters of a log page.</summary>
internal delegate void LogPageWriter(LogicalUnit unit, scoped ref LogParameterWriter parameters);

/// <summary>A log page: the row that LOG SENSE and LOG SELECT read.</summary>
/// <param name="Code">Page code.</param>
/// <param name="Subpage">Subpage code, 0 for the page itself.</param>
/// <param name="Write">Writes its parameters.</param>
/// <param name="Counters">What a reset of the page sets to 0.</param>
/// <param name="OnlyThin">Only logical units with logical block provisioning have it.</param>
/// <param name="NeedsSpace">The disk has to be asked what space it takes before it is written.</param>
internal sealed record LogPage(byte Code, byte Subpage, LogPageWriter Write, UnitCounter[] Counters, bool OnlyThin = false, bool NeedsSpace = false)
{
    /// <summary>Has a logical unit the page?</summary>
    public bool IsOf(LogicalUnit unit) => unit.Thin || !OnlyThin;
}
