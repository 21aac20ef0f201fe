using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: dispatch, the report of supported operation codes and the documentation tell one story, that of the table.</summary>
public sealed class CommandTableTests
{
    private readonly Rig _rig = new();

    [Fact]
    public void Every_operation_code_without_row_is_invalid()
    {
        HashSet<byte> known = [.. CommandTable.Thin.Rows.Select(row => row.OperationCode)];
        for (int op = 0; op < 256; op++)
        {
            if (!known.Contains((byte)op))
            {
                byte[] cdb = new byte[16];
                cdb[0] = (byte)op;
                _rig.Run(cdb).ShouldBe(Sense.InvalidOpcode);
            }
        }
    }

    [Fact]
    public void Every_service_action_without_row_is_an_invalid_field()
    {
        foreach (byte op in CommandTable.Thin.Rows.Where(static row => row.ServiceAction is not null).Select(static row => row.OperationCode).Distinct())
        {
            for (int action = 0; action < 32; action++)
            {
                if (CommandTable.Thin.Find(op, action) is null)
                {
                    byte[] cdb = new byte[16];
                    (cdb[0], cdb[1]) = (op, (byte)action);
                    _rig.Run(cdb).ShouldBe(Sense.InvalidFieldInCdb(1, 4));
                }
            }
        }
    }

    [Fact]
    public void Two_rows_for_one_command_are_a_mistake()
    {
        CommandSpec row = CommandTable.Thin.Find(OperationCode.Read10, 0)!;
        CommandSpec action = CommandTable.Thin.Find(OperationCode.MaintenanceIn, 0x0C)!;
        Assert.Throws<ArgumentException>(() => new CommandTable(row, row));
        Assert.Throws<ArgumentException>(() => new CommandTable(action, action));
        Assert.Throws<ArgumentException>(() => new CommandTable(action, action with { ServiceAction = null }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_report_of_all_commands_is_the_table(bool timeouts)
    {
        byte[] data = _rig.Run(Cdbs.SupportedOperationCodes((byte)(timeouts ? 0x80 : 0))).DataIn;
        Assert.Equal(data.Length - 4, (int)BinaryPrimitives.ReadUInt32BigEndian(data));
        int at = 4;
        foreach (CommandSpec row in CommandTable.Thin.Rows)
        {
            Assert.Equal(row.OperationCode, data[at]);
            Assert.Equal(row.ServiceAction ?? 0, BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(at + 2)));
            Assert.Equal((timeouts ? 2 : 0) | (row.ServiceAction.HasValue ? 1 : 0), data[at + 5]);
            Assert.Equal(row.CdbLength, BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(at + 6)));
            at += 8;
            if (timeouts)
            {
                Assert.Equal(10, BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(at)));
                at += 12;
            }
        }

        Assert.Equal(data.Length, at);
        Assert.Equal(20, _rig.Run(Cdbs.SupportedOperationCodes(0, allocation: 20)).DataIn.Length);
    }

    [Fact]
    public void One_command_is_reported_with_its_usage_bits()
    {
        foreach (CommandSpec row in CommandTable.Thin.Rows)
        {
            byte right = (byte)(row.ServiceAction is null ? 1 : 2);
            foreach (byte option in new byte[] { right, 3, (byte)(right | 0x80) })
            {
                byte[] data = _rig.Run(Cdbs.SupportedOperationCodes(option, row.OperationCode, row.ServiceAction ?? 0)).DataIn;
                Assert.Equal(3, data[1] & 7);
                Assert.Equal((option & 0x80) != 0, (data[1] & 0x80) != 0);
                Assert.Equal(row.Usage, data[4..(4 + row.CdbLength)]);
                Assert.Equal(4 + row.CdbLength + ((option & 0x80) != 0 ? 12 : 0), data.Length);
            }

            _rig.Run(Cdbs.SupportedOperationCodes((byte)(3 - right), row.OperationCode, row.ServiceAction ?? 0))
                .ShouldBe(Sense.InvalidFieldInCdb(2, 2));
        }
    }

    [Fact]
    public void What_is_not_there_is_reported_as_not_supported()
    {
        Assert.Equal([0, 1, 0, 0], _rig.Run(Cdbs.SupportedOperationCodes(1, 0xC0)).DataIn);
        Assert.Equal([0, 1, 0, 0], _rig.Run(Cdbs.SupportedOperationCodes(2, OperationCode.MaintenanceIn, 0x1F)).DataIn);
        Assert.Equal([0, 1, 0, 0], _rig.Run(Cdbs.SupportedOperationCodes(2, OperationCode.MaintenanceIn, 0xFFFF)).DataIn);
        Assert.Equal([0, 1, 0, 0], _rig.Run(Cdbs.SupportedOperationCodes(3, OperationCode.Read10, 1)).DataIn);
        Assert.Equal([0, 1, 0, 0], new Rig(thin: false).Run(Cdbs.SupportedOperationCodes(1, OperationCode.Unmap)).DataIn);
        _rig.Run(Cdbs.SupportedOperationCodes(4)).ShouldBe(Sense.InvalidFieldInCdb(2, 2));
    }

    [Fact]
    public void Task_management_functions()
    {
        Assert.Equal([0xF8, 0, 0, 0], _rig.Run(Cdbs.TaskFunctions()).DataIn);
        byte[] extended = _rig.Run(Cdbs.TaskFunctions(0x80)).DataIn;
        Assert.Equal((16, 0xF8, 12), (extended.Length, extended[0], extended[3]));
        _rig.Run(Cdbs.TaskFunctions(0, 3)).ShouldBe(Sense.InvalidFieldInCdb(6));
    }

    [Fact]
    public void The_documentation_is_the_table()
    {
        string file = Path.Combine(RepositoryRoot(), "docs", "SCSI.md");
        string fresh = CommandDocument.Write();
        if (Environment.GetEnvironmentVariable("BLOCKWIRE_WRITE_DOCS") == "1")
        {
            File.WriteAllText(file, fresh);
        }

        Assert.True(
            File.Exists(file) && File.ReadAllText(file).ReplaceLineEndings("\n") == fresh,
            "docs/SCSI.md is stale: run the tests once with BLOCKWIRE_WRITE_DOCS=1");
    }

    private static string RepositoryRoot()
    {
        string? at = AppContext.BaseDirectory;
        while (at is not null && !File.Exists(Path.Combine(at, "Blockwire.slnx")))
        {
            at = Path.GetDirectoryName(at);
        }

        return at ?? throw new InvalidOperationException("not inside the repository");
    }
}
