namespace Blockwire.Scsi.Device.Protection;

/// <summary>What the protection field of a CDB means on this unit, before anything else of the command is looked at (SBC-3 §4.21.2).</summary>
internal static class ProtectionPlan
{
    private const int LastCode = 5;

    /// <summary>
    /// Takes the protection field of a block command. CDBs of 32 bytes are for type 2 alone; on type 2 the shorter ones move no protection information.
    /// </summary>
    public static SenseData? Take(ScsiCommand command)
    {
        ProtectionType type = command.Unit!.Protection!.Type;
        ReadOnlySpan<byte> cdb = command.Cdb;
        int code = BlockCdb.FlagsOf(cdb) >> 5;
        if (BlockCdb.IsLong(cdb) ? type != ProtectionType.Type2 : type == ProtectionType.Type2 && code != 0)
        {
            return Sense.InvalidOpcode;
        }

        if (code > LastCode || (code != 0 && type == ProtectionType.None))
        {
            return Sense.InvalidFieldInCdb(BlockCdb.FlagsAt(cdb), 7);
        }

        command.Protection = type;
        command.ProtectCode = (byte)code;
        return null;
    }

    /// <summary>The rule for what a command reads from the medium.</summary>
    /// <param name="command">The command.</param>
    /// <param name="hasData">It is compared with data from the initiator, which has protection information of its own unless the code is 0.</param>
    public static ProtectionRule ForMedium(ScsiCommand command, bool hasData = false)
    {
        int code = command.ProtectCode;
        ProtectionParts parts = code == 0 ? command.Unit!.Modes.SkipsChecksWithoutProtection ? ProtectionParts.None : ProtectionParts.All
            : hasData ? ProtectionParts.None
            : ProtectionRule.PartsOf(code);
        return For(command, parts, fromMedium: true);
    }

    /// <summary>The rule for what an initiator sends.</summary>
    public static ProtectionRule ForDataOut(ScsiCommand command) =>
        For(command, command.ProtectCode == 0 ? ProtectionParts.None : ProtectionRule.PartsOf(command.ProtectCode), fromMedium: false);

    private static ProtectionRule For(ScsiCommand command, ProtectionParts parts, bool fromMedium) => ProtectionRule.For(
        command.Protection, parts, command.Lba, ProtectionFields.Read(command.Cdb), command.Unit!.Modes.InitiatorsOwnTags, fromMedium);
}
