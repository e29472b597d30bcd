from pushmark_graders.checks import task


@task(1, points=50)
def test_more_0(submission):
    """Passes."""


@task(1, points=50)
def test_more_1(submission):
    """Passes."""


@task(1, points=50)
def test_more_2(submission):
    """Passes."""


@task(1, points=50)
def test_more_3(submission):
    """Passes."""


@task(1, points=50)
def test_more_4(submission):
    """Passes."""


@task(1, points=50)
def test_more_5(submission):
    """Passes."""


@task(1, points=50)
def test_more_6(submission):
    """Passes."""


@task(1, points=50)
def test_more_7(submission):
    """Passes."""


@task(1, points=50)
def test_more_8(submission):
    """Passes."""


@task(1, points=50)
def test_more_9(submission):
    """Passes."""


@task(1, points=50)
def test_more_10(submission):
    """Passes."""


@task(1, points=50)
def test_more_11(submission):
    """Passes."""


@task(1, points=50)
def test_more_12(submission):
    """Passes."""


@task(1, points=50)
def test_more_13(submission):
    """Passes."""


@task(1, points=50)
def test_more_14(submission):
    """Passes."""


@task(1, points=50)
def test_more_15(submission):
    """Passes."""


@task(1, points=50)
def test_more_16(submission):
    """Passes."""


@task(1, points=50)
def test_more_17(submission):
    """Passes."""


@task(1, points=50)
def test_more_18(submission):
    """Passes."""


@task(1, points=50)
def test_more_19(submission):
    """Passes."""


@task(1, points=50)
def test_more_20(submission):
    """Passes."""


@task(1, points=50)
def test_more_21(submission):
    """Passes."""


@task(1, points=50)
def test_more_22(submission):
    """Passes."""


@task(1, points=50)
def test_more_23(submission):
    """Passes."""


@task(1, points=50)
def test_more_24(submission):
    """Passes."""


@task(1, points=50)
def test_more_25(submission):
    """Passes."""


@task(1, points=50)
def test_more_26(submission):
    """Passes."""


@task(1, points=50)
def test_more_27(submission):
    """Passes."""


@task(1, points=50)
def test_more_28(submission):
    """Passes."""


@task(1, points=50)
def test_more_29(submission):
    """Passes."""


@task(1, points=50)
def test_more_30(submission):
    """Passes."""


@task(1, points=50)
def test_more_31(submission):
    """Passes."""


@task(1, points=50)
def test_more_32(submission):
    """Passes."""


@task(1, points=50)
def test_more_33(submission):
    """Passes."""


@task(1, points=50)
def test_more_34(submission):
    """Passes."""


@task(1, points=50)
def test_more_35(submission):
    """Passes."""


@task(1, points=50)
def test_more_36(submission):
    """Passes."""


@task(1, points=50)
def test_more_37(submission):
    """Passes."""


@task(1, points=50)
def test_more_38(submission):
    """Passes."""


@task(1, points=50)
def test_more_39(submission):
    """Passes."""


@task(1, points=50)
def test_more_40(submission):
    """Passes."""


@task(1, points=50)
def test_more_41(submission):
    """Passes."""


@task(1, points=50)
def test_more_42(submission):
    """Passes."""


@task(1, points=50)
def test_more_43(submission):
    """Passes."""


@task(1, points=50)
def test_more_44(submission):
    """Passes."""


@task(1, points=50)
def test_more_45(submission):
    """Passes."""


@task(1, points=50)
def test_more_46(submission):
    """Passes."""


@task(1, points=50)
def test_more_47(submission):
    """Passes."""


@task(1, points=50)
def test_more_48(submission):
    """Passes."""


@task(1, points=50)
def test_more_49(submission):
    """Passes."""


@task(1, points=50)
def test_more_50(submission):
    """Passes."""


@task(1, points=50)
def test_more_51(submission):
    """Passes."""


@task(1, points=50)
def test_more_52(submission):
    """Passes."""


@task(1, points=50)
def test_more_53(submission):
    """Passes."""


@task(1, points=50)
def test_more_54(submission):
    """Passes."""


@task(1, points=50)
def test_more_55(submission):
    """Passes."""


@task(1, points=50)
def test_more_56(submission):
    """Passes."""


@task(1, points=50)
def test_more_57(submission):
    """Passes."""


@task(1, points=50)
def test_more_58(submission):
    """Passes."""


@task(1, points=50)
def test_more_59(submission):
    """Passes."""


@task(1, points=50)
def test_more_60(submission):
    """Passes."""


@task(1, points=50)
def test_more_61(submission):
    """Passes."""


@task(1, points=50)
def test_more_62(submission):
    """Passes."""


@task(1, points=50)
def test_more_63(submission):
    """Passes."""


@task(1, points=50)
def test_more_64(submission):
    """Passes."""


@task(1, points=50)
def test_more_65(submission):
    """Passes."""


@task(1, points=50)
def test_more_66(submission):
    """Passes."""


@task(1, points=50)
def test_more_67(submission):
    """Passes."""


@task(1, points=50)
def test_more_68(submission):
    """Passes."""


@task(1, points=50)
def test_more_69(submission):
    """Passes."""


@task(1, points=50)
def test_more_70(submission):
    """Passes."""


@task(1, points=50)
def test_more_71(submission):
    """Passes."""


@task(1, points=50)
def test_more_72(submission):
    """Passes."""


@task(1, points=50)
def test_more_73(submission):
    """Passes."""


@task(1, points=50)
def test_more_74(submission):
    """Passes."""


@task(1, points=50)
def test_more_75(submission):
    """Passes."""


@task(1, points=50)
def test_more_76(submission):
    """Passes."""


@task(1, points=50)
def test_more_77(submission):
    """Passes."""


@task(1, points=50)
def test_more_78(submission):
    """Passes."""


@task(1, points=50)
def test_more_79(submission):
    """Passes."""


@task(1, points=50)
def test_more_80(submission):
    """Passes."""


@task(1, points=50)
def test_more_81(submission):
    """Passes."""


@task(1, points=50)
def test_more_82(submission):
    """Passes."""


@task(1, points=50)
def test_more_83(submission):
    """Passes."""


@task(1, points=50)
def test_more_84(submission):
    """Passes."""


@task(1, points=50)
def test_more_85(submission):
    """Passes."""


@task(1, points=50)
def test_more_86(submission):
    """Passes."""


@task(1, points=50)
def test_more_87(submission):
    """Passes."""


@task(1, points=50)
def test_more_88(submission):
    """Passes."""


@task(1, points=50)
def test_more_89(submission):
    """Passes."""


@task(1, points=50)
def test_more_90(submission):
    """Passes."""


@task(1, points=50)
def test_more_91(submission):
    """Passes."""


@task(1, points=50)
def test_more_92(submission):
    """Passes."""


@task(1, points=50)
def test_more_93(submission):
    """Passes."""


@task(1, points=50)
def test_more_94(submission):
    """Passes."""


@task(1, points=50)
def test_more_95(submission):
    """Passes."""


@task(1, points=50)
def test_more_96(submission):
    """Passes."""
