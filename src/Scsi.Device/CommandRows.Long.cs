using Blockwire.Scsi;
using Blockwire.Scsi.Device.Commands;
using static Blockwire.Scsi.Device.CommandFlags;

namespace Blockwire.Scsi.Device;

/// <summary>The rows of block commands with a CDB of 32 bytes. They carry tags, and are for protection of type 2 alone (SBC-3 §4.21.2).</summary>
internal static partial class CommandRows
{
    private static IEnumerable<CommandSpec> Long(bool thin)
    {
        byte unmap = thin ? WriteSameCommands.UnmapBit : (byte)0;
        return
        [
            Long("READ(32)", "SBC-3 5.14", ServiceAction.Read32, 0x18, ReadsMedium, ReadCommands.Plan, ReadCommands.Run, ReservationRule.AllowedToRead),
            Long("VERIFY(32)", "SBC-3 5.32", ServiceAction.Verify32, 0x16, Verifies, VerifyCommands.PlanVerify, VerifyCommands.RunVerify, ReservationRule.AllowedToRead),
            Long("WRITE(32)", "SBC-3 5.36", ServiceAction.Write32, 0x18, Writes, WriteCommands.Plan, WriteCommands.Run),
            Long("WRITE AND VERIFY(32)", "SBC-3 5.40", ServiceAction.WriteAndVerify32, 0x12, Writes, VerifyCommands.PlanWriteAndVerify, VerifyCommands.RunWriteAndVerify),
            Long("WRITE SAME(32)", "SBC-3 5.45", ServiceAction.WriteSame32, (byte)(unmap | WriteSameCommands.NoDataBit), Writes, WriteSameCommands.Plan, WriteSameCommands.Run),
        ];
    }

    private static CommandSpec Long(
        string name, string clause, byte serviceAction, byte flags, CommandFlags kind, PlanStep plan, RunStep run, ReservationRule reservation = ReservationRule.Conflict)
    {
        byte[] usage = new byte[LongBlockCdb.Length];
        (usage[0], usage[LongBlockCdb.AdditionalLengthAt]) = (OperationCode.VariableLength, LongBlockCdb.AdditionalLength);
        (usage[LongBlockCdb.ServiceActionAt + 1], usage[10]) = (serviceAction, (byte)(ProtectField | flags));
        usage.AsSpan(12).Fill(0xFF);
        return Action(name, clause, serviceAction, usage, kind | NeedsProtection, command => CheckLength(command) ?? plan(command), run, reservation);
    }

    private static SenseData? CheckLength(ScsiCommand command) =>
        command.Cdb[LongBlockCdb.AdditionalLengthAt] == LongBlockCdb.AdditionalLength ? null : Sense.InvalidFieldInCdb(LongBlockCdb.AdditionalLengthAt);
}
